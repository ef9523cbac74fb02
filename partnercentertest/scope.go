package partnercentertest

import (
	"net/http"
	"net/url"
	"strings"
)

// audiences are the resources of the clouds that scopes name.
var audiences = map[string]string{
	"https://api.partnercenter.microsoft.com":             servicePartnerCenter,
	"https://partner.partnercenterapi.microsoftonline.cn": servicePartnerCenter,
	"https://graph.microsoft.com":                         serviceGraph,
	"https://graph.microsoft.us":                          serviceGraph,
	"https://microsoftgraph.chinacloudapi.cn":             serviceGraph,
}

// ask is what a client wants tokens for.
type ask struct {
	resource string // such as https://graph.microsoft.com
	scope    string // as the answer names it
	openID   bool   // an ID token is wanted
	offline  bool   // a refresh token is wanted
}

// wants reads what a request of the v1 or of the v2 endpoint asks for. Without
// a user there are no single permissions, only all of them: .default.
func wants(form url.Values, v1, user bool) (ask, *denial) {
	switch {
	case v1:
		return wantsResource(form.Get("resource"))
	case form.Has("resource"):
		return ask{}, deny(http.StatusBadRequest, "invalid_request", 901002, "The 'resource' request parameter is not supported.")
	default:
		return wantsScope(form.Get("scope"), user)
	}
}

// wantsResource reads the resource parameter of the v1 endpoint.
func wantsResource(resource string) (ask, *denial) {
	if resource == "" {
		return ask{}, deny(http.StatusBadRequest, "invalid_request", 900144,
			"The request body must contain the following parameter: 'resource'.")
	}
	if audiences[strings.TrimSuffix(resource, "/")] == "" {
		return ask{}, noResource(resource)
	}
	return ask{resource: strings.TrimSuffix(resource, "/"), scope: "user_impersonation"}, nil
}

// wantsScope reads the scope parameter of the v2 endpoint.
func wantsScope(scope string, user bool) (ask, *denial) {
	var a ask
	var granted []string
	for one := range strings.FieldsSeq(scope) {
		switch one {
		case "offline_access": // shows as a refresh token, not as a scope
			a.offline = true
			continue
		case "openid":
			a.openID = true
			fallthrough
		case "profile", "email":
			granted = append(granted, one)
			continue
		}
		i := strings.LastIndex(one, "/")
		if !strings.HasPrefix(one, "https://") || i < len("https://") {
			return ask{}, badScope()
		}
		resource := strings.TrimSuffix(one[:i], "/")
		if audiences[resource] == "" {
			return ask{}, noResource(resource)
		}
		permission := one[i+1:]
		if permission == "" || permission != ".default" && !user || a.resource != "" && a.resource != resource {
			return ask{}, badScope() // an access token is for one resource
		}
		a.resource = resource
		granted = append(granted, one)
	}
	if a.resource == "" {
		return ask{}, badScope()
	}
	a.scope = strings.Join(granted, " ")
	return a, nil
}

func badScope() *denial {
	return deny(http.StatusBadRequest, "invalid_scope", 70011, "The provided value for the input parameter 'scope' is not valid.")
}

func noResource(name string) *denial {
	return deny(http.StatusBadRequest, "invalid_resource", 500011,
		"The resource principal named "+name+" was not found in the tenant.")
}
