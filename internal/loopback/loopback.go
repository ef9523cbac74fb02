// Package loopback tells addresses of this machine from others: only to them
// may secrets go over plain http.
package loopback

import (
	"net"
	"strings"
)

// Host reports whether a host without its port is this machine.
func Host(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}
