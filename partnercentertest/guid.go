package partnercentertest

import (
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"strings"
)

// newGUID returns a random version 4 GUID.
func newGUID() string {
	var b [16]byte
	rand.Read(b[:])
	return formatGUID(b)
}

// guidFrom returns the GUID that always belongs to name, so that seeds with the
// same identifiers are the same.
func guidFrom(name string) string {
	sum := sha256.Sum256([]byte("partnercentertest/" + name))
	return formatGUID([16]byte(sum[:16]))
}

func formatGUID(b [16]byte) string {
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// isGUID reports whether s has the form of a GUID, in any letter case.
func isGUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i, r := range strings.ToLower(s) {
		switch i {
		case 8, 13, 18, 23:
			if r != '-' {
				return false
			}
		default:
			if !strings.ContainsRune("0123456789abcdef", r) {
				return false
			}
		}
	}
	return true
}
