package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/cspkit/cspkit/partnercentertest"
)

// announce prints how to reach the emulator. What it shows as secrets are
// constants that everybody can read.
func (r *request) announce(w io.Writer, addr net.Addr, customers []partnercentertest.Customer) (err error) {
	base := baseURL(addr)
	switch {
	case r.asJSON:
		return json.NewEncoder(w).Encode(map[string]any{
			"url": base, "api_url": base, "login_url": base, "graph_url": base,
			"acceptance_url": base + "/mca/?attestationid={id}", "admin_url": base + "/admin/",
			"tenant_id": partnercentertest.TenantID, "client_id": partnercentertest.ClientID,
			"client_secret": partnercentertest.ClientSecret, "refresh_token": partnercentertest.RefreshToken,
			"app_token": partnercentertest.AppToken, "user_token": partnercentertest.UserToken, "graph_token": partnercentertest.GraphToken,
		})
	case r.asEnvironment:
		_, err := io.WriteString(w, environment(base, ""))
		return err
	}
	var names strings.Builder
	for _, c := range customers[:min(len(customers), 20)] {
		fmt.Fprintf(&names, "  %s  %s\n", c.ID, c.Company)
	}
	if n := len(customers) - 20; n > 0 {
		fmt.Fprintf(&names, "  and %d more\n", n)
	}
	_, err = fmt.Fprintf(w, `An emulated Partner Center listens on %[1]s; nothing real is touched. Interrupt it to stop it.

  Partner Center   %[1]s (/v1, /webhooks/v1)
  Sign-in          %[1]s (/{tenant}/oauth2/v2.0/token)
  Microsoft Graph  %[1]s (/v1.0)
  Acceptance page  %[1]s/mca/?attestationid={id}
  Admin API        %[1]s/admin/

Its customers:

%[2]s
For the other examples, and for programs that read the same variables:

%[3]s
A first call, without and with a sign-in:

  curl -s %[1]s/v1/customers -H 'Authorization: Bearer %[4]s'
  curl -s %[1]s/%[5]s/oauth2/v2.0/token -d grant_type=client_credentials \
    -d client_id=%[6]s -d client_secret=%[7]s \
    -d scope=https://api.partnercenter.microsoft.com/.default
`, base, names.String(), environment(base, "  "), partnercentertest.AppToken, partnercentertest.TenantID, partnercentertest.ClientID, partnercentertest.ClientSecret)
	return err
}

// environment returns what the other examples read. Their store is memory, so
// that nothing is left of customers that end with this process; commands that go
// on where others stopped need sqlite:FILE.
func environment(base, indent string) string {
	var lines strings.Builder
	for _, v := range [][2]string{
		{"CSPKIT_API_URL", base}, {"CSPKIT_LOGIN_URL", base}, {"CSPKIT_GRAPH_URL", base},
		{"CSPKIT_TENANT_ID", partnercentertest.TenantID}, {"CSPKIT_CLIENT_ID", partnercentertest.ClientID},
		{"CSPKIT_CLIENT_SECRET", partnercentertest.ClientSecret}, {"CSPKIT_REFRESH_TOKEN", partnercentertest.RefreshToken},
		{"CSPKIT_STORE", "memory:"},
	} {
		fmt.Fprintf(&lines, "%sexport %s='%s'\n", indent, v[0], v[1])
	}
	return lines.String()
}

// baseURL is where this machine reaches a listener.
func baseURL(addr net.Addr) string {
	host, port, _ := net.SplitHostPort(addr.String()) // a listener's address has both
	if ip := net.ParseIP(host); ip.IsUnspecified() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port)
}
