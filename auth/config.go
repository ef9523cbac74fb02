package auth

import (
	"errors"
	"fmt"
	"strings"

	"github.com/cspkit/cspkit/internal/guid"
)

// checkTenant lets GUIDs and domain names pass. Names that stand for any
// tenant, such as common, are refused: a partner's tokens come from its own.
func checkTenant(tenant string) error {
	const want = "set the partner tenant's GUID or a domain name of it"
	switch {
	case tenant == "":
		return errors.New("auth: Tenant is empty: " + want)
	case guid.Valid(tenant) || domainName(tenant):
		return nil
	}
	return errors.New("auth: Tenant is neither a GUID nor a domain name: " + want)
}

// domainName reports whether s is dotted labels of letters, digits and inner
// hyphens. So it holds nothing that would change the path of a URL.
func domainName(s string) bool {
	labels := strings.Split(s, ".")
	for _, label := range labels {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for _, r := range label {
			switch {
			case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-':
			default:
				return false
			}
		}
	}
	return len(labels) > 1 && len(s) <= 253
}

// checkText refuses an empty value, and the line break that a value read from
// a file often ends with. The value itself is never part of the error.
func checkText(field, value, want string) error {
	switch {
	case value == "":
		return fmt.Errorf("auth: %s is empty: set %s", field, want)
	case strings.TrimSpace(value) != value:
		return fmt.Errorf("auth: %s begins or ends with white space: remove that", field)
	}
	return nil
}
