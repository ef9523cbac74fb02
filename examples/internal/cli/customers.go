package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/cspkit/cspkit/customers"
)

// Customers are customers that are named, each once.
type Customers []customers.TenantID

// Add adds a customer unless it is there already.
func (c *Customers) Add(s string) error {
	id, err := customers.ParseTenantID(s)
	if err == nil && !slices.Contains(*c, id) {
		*c = append(*c, id)
	}
	return err
}

// AddList adds the customers of a list, one a line; # starts a comment. The
// error names each line that is wrong.
func (c *Customers) AddList(name string, list io.Reader) error {
	var problems []error
	lines := bufio.NewScanner(list)
	for n := 1; lines.Scan(); n++ {
		text, _, _ := strings.Cut(strings.TrimPrefix(lines.Text(), "\ufeff"), "#")
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		if err := c.Add(text); err != nil {
			problems = append(problems, fmt.Errorf("%s:%d: %w", name, n, err))
		}
	}
	if err := lines.Err(); err != nil {
		problems = append(problems, fmt.Errorf("-from %s: %w", name, err))
	}
	return errors.Join(problems...)
}
