package partnercenter

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// endpoint is the base URL of a service, without the version.
type endpoint struct {
	base    *url.URL
	version string
}

// url returns the address of a path and query of the service. Spaces in a
// query are written %20: Graph's filters are full of them, and not every
// server reads a plus sign as a space.
func (e endpoint) url(path string, query url.Values) string {
	u := strings.TrimSuffix(e.base.String(), "/") + e.version + path
	if len(query) > 0 {
		u += "?" + strings.ReplaceAll(query.Encode(), "+", "%20")
	}
	return u
}

// resolve returns the absolute address of a link that the service sent: a
// paging link, a Location. It matches [ErrForeignHost] when the link leads to
// another host, port or scheme.
//
// Relative links come with and without /v1, so the version is put in front
// only where none of the host's versions is.
func (e endpoint) resolve(link string) (string, error) {
	u, err := url.Parse(link)
	if err != nil || link == "" || strings.ContainsRune(link, '\\') {
		return "", fmt.Errorf("%w: the link cannot be read", ErrForeignHost)
	}
	if u.Opaque != "" || u.User != nil || !e.owns(u) {
		return "", fmt.Errorf("%w: %s", ErrForeignHost, hostOf(u))
	}
	path := u.EscapedPath()
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	prefix := strings.TrimSuffix(e.base.EscapedPath(), "/")
	if rest, ok := strings.CutPrefix(path, prefix); ok && (rest == "" || rest[0] == '/') {
		path = rest
	}
	if u.Host == "" && !e.versioned(path) {
		path = e.version + path
	}
	out := *e.base
	out.Path, out.RawPath = "", ""
	s := strings.TrimSuffix(out.String(), "/") + prefix + path
	if u.RawQuery != "" {
		s += "?" + strings.NewReplacer(" ", "%20", `"`, "%22").Replace(u.RawQuery) // a filter, as it was typed
	}
	return s, nil
}

// versioned reports whether a path starts with the endpoint's version, or with
// one of the others that Partner Center's host has.
func (e endpoint) versioned(path string) bool {
	versions := []string{e.version}
	if e.version != Graph.version() {
		versions = []string{PartnerCenter.version(), Webhooks.version()}
	}
	low := strings.ToLower(path)
	return slices.ContainsFunc(versions, func(v string) bool { return low == v || strings.HasPrefix(low, v+"/") })
}

// owns reports whether u names the service's own scheme and host, or none.
func (e endpoint) owns(u *url.URL) bool {
	if u.Host == "" && u.Scheme == "" {
		return true
	}
	scheme := u.Scheme
	if scheme == "" { // "//host/path"
		scheme = e.base.Scheme
	}
	return strings.EqualFold(scheme, e.base.Scheme) && strings.EqualFold(hostPort(u, scheme), hostPort(e.base, e.base.Scheme))
}

// hostPort returns the host of u with its port, also where that is the default.
func hostPort(u *url.URL, scheme string) string {
	if u.Port() != "" {
		return u.Hostname() + ":" + u.Port()
	}
	if strings.EqualFold(scheme, "http") {
		return u.Hostname() + ":80"
	}
	return u.Hostname() + ":443"
}

// hostOf names the host of a link for an error; the rest may hold secrets.
func hostOf(u *url.URL) string {
	if u.Host == "" {
		return "a link without a host"
	}
	return line(u.Host, 100)
}
