// Package guid makes and checks the GUIDs that Partner Center uses as
// identifiers and request ids.
package guid

import (
	"crypto/rand"
	"fmt"
)

// New returns a random version 4 GUID in lower case (RFC 9562, section 5.4).
func New() string {
	var b [16]byte
	rand.Read(b[:]) // documented never to return an error
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// Valid reports whether s has the form 8-4-4-4-12 of hexadecimal digits, in
// any letter case. Partner Center's identifiers are not always RFC 9562 GUIDs,
// so the version is not looked at.
func Valid(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		switch {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if c != '-' {
				return false
			}
		case c >= '0' && c <= '9', c >= 'a' && c <= 'f', c >= 'A' && c <= 'F':
		default:
			return false
		}
	}
	return true
}
