package auth

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
)

// ErrInsecureURL is matched by the error for an authority that would receive
// secrets over plain http. Only a loopback address may do that: set an https URL.
var ErrInsecureURL = errors.New("https is required, except for a loopback address")

// Cloud says where one national cloud of Microsoft is found: base URLs without
// a trailing slash and without /v1. Every field may be overridden, such as
// Authority and PartnerCenter to reach an emulator on a loopback address.
type Cloud struct {
	Name          string // public, china or usgov
	Authority     string // where tokens are asked for
	PartnerCenter string // Partner Center's API
	Resource      string // audience of a Partner Center token; scopes begin with it
	Graph         string // Microsoft Graph, address and audience
}

// Public returns the cloud that nearly every partner is in.
func Public() Cloud {
	return Cloud{
		Name:          "public",
		Authority:     "https://login.microsoftonline.com",
		PartnerCenter: "https://api.partnercenter.microsoft.com",
		Resource:      "https://api.partnercenter.microsoft.com",
		Graph:         "https://graph.microsoft.com",
	}
}

// China returns the cloud that 21Vianet operates.
//
// Its Authority is UNCONFIRMED: public sources disagree, and the alternative is
// https://login.chinacloudapi.cn. Set the field if sign-in fails. Granular
// delegated admin privileges (GDAP) are not available on its Graph.
func China() Cloud {
	return Cloud{
		Name:          "china",
		Authority:     "https://login.partner.microsoftonline.cn",
		PartnerCenter: "https://partner.partnercenterapi.microsoftonline.cn",
		Resource:      "https://partner.partnercenterapi.microsoftonline.cn",
		Graph:         "https://microsoftgraph.chinacloudapi.cn",
	}
}

// USGovernment returns the cloud for partners of the US government. It has its
// own authority and Graph, and shares Partner Center with the public cloud.
func USGovernment() Cloud {
	c := Public()
	c.Name = "usgov"
	c.Authority = "https://login.microsoftonline.us"
	c.Graph = "https://graph.microsoft.us"
	return c
}

// CloudByName returns the cloud called public, china or usgov, as a
// configuration file would name it.
func CloudByName(name string) (Cloud, error) {
	for _, c := range []Cloud{Public(), China(), USGovernment()} {
		if c.Name == name {
			return c, nil
		}
	}
	return Cloud{}, fmt.Errorf("auth: unknown cloud %q: set public, china or usgov", name)
}

// orPublic returns the public cloud for the zero value.
func (c Cloud) orPublic() Cloud {
	if c == (Cloud{}) {
		return Public()
	}
	return c
}

// check reports what keeps c from being asked for tokens.
func (c Cloud) check() error {
	var resource error
	if c.Resource == "" {
		resource = errors.New("auth: Cloud.Resource is empty: set the audience of Partner Center's tokens, or start from auth.Public()")
	}
	return errors.Join(checkAuthority(c.Authority), resource)
}

func checkAuthority(authority string) error {
	const field = "auth: Cloud.Authority"
	u, err := url.Parse(authority)
	switch {
	case authority == "":
		return errors.New(field + " is empty: set the sign-in service's URL, or start from auth.Public()")
	case err != nil || u.Hostname() == "" || u.Opaque != "":
		return errors.New(field + " is not a URL: set one such as https://login.microsoftonline.com")
	case u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return errors.New(field + " holds more than a host and a path: remove user, query and fragment")
	case u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())):
		return fmt.Errorf("%s %s://%s: %w", field, u.Scheme, u.Host, ErrInsecureURL)
	}
	return nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// tokenURL is the v2.0 token endpoint of a tenant that checkTenant let pass.
func (c Cloud) tokenURL(tenant string) string { return c.endpointURL(tenant, "token") }

// endpointURL is one of the v2.0 endpoints: token, authorize or devicecode.
func (c Cloud) endpointURL(tenant, name string) string {
	return strings.TrimRight(c.Authority, "/") + "/" + tenant + "/oauth2/v2.0/" + name
}

// defaultScope asks for all that the app was granted on a resource.
func defaultScope(resource string) string {
	return strings.TrimRight(resource, "/") + "/.default"
}
