package auth_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cspkit/cspkit/auth"
)

func TestAppAsksAsTheContractSays(t *testing.T) {
	clouds := []struct {
		name, authority, resource string
	}{
		{"public", "https://login.microsoftonline.com", "https://api.partnercenter.microsoft.com"},
		{"usgov", "https://login.microsoftonline.us", "https://api.partnercenter.microsoft.com"},
		{"china", "https://login.partner.microsoftonline.cn", "https://partner.partnercenterapi.microsoftonline.cn"},
	}
	for _, tt := range clouds {
		t.Run(tt.name, func(t *testing.T) {
			fake := &endpoint{answers: []answer{token("at1")}}
			cfg := appConfig(fake)
			var err error
			if cfg.Cloud, err = auth.CloudByName(tt.name); err != nil {
				t.Fatal(err)
			}
			src, err := auth.NewApp(cfg)
			if err != nil {
				t.Fatal(err)
			}
			want(t, src, "at1")
			if got, want := fake.urls[0], "POST "+tt.authority+"/"+tenant+"/oauth2/v2.0/token"; got != want {
				t.Errorf("request = %s, want %s", got, want)
			}
			wantForm := url.Values{
				"grant_type":    {"client_credentials"},
				"client_id":     {clientID},
				"client_secret": {secret},
				"scope":         {tt.resource + "/.default"},
			}
			if diff := cmp.Diff(wantForm, fake.form(1)); diff != "" {
				t.Errorf("form differs (-want +got):\n%s", diff)
			}
		})
	}
}

// Without an HTTP client of the caller's, and over a real connection: redirects
// are not followed there either.
func TestDefaultHTTPClient(t *testing.T) {
	status := http.StatusOK
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, token("at1").body)
		if r.URL.Path == "/elsewhere" {
			t.Error("the redirect was followed")
		}
	}))
	defer server.Close()
	cfg := appConfig(nil)
	cfg.HTTPClient = nil
	cfg.Cloud = auth.Public()
	cfg.Cloud.Authority = server.URL
	src, err := auth.NewApp(cfg)
	if err != nil {
		t.Fatal(err)
	}
	want(t, src, "at1")

	status = http.StatusTemporaryRedirect
	src.(auth.Invalidator).Invalidate("at1")
	_, err = src.Token(t.Context())
	if e, ok := errors.AsType[*auth.Error](err); !ok || e.Status != status {
		t.Errorf("Token() error = %v, want an *auth.Error with status %d", err, status)
	}
}

func TestCloudsHaveTheirOwnGraph(t *testing.T) {
	for cloud, graph := range map[auth.Cloud]string{
		auth.Public():       "https://graph.microsoft.com",
		auth.USGovernment(): "https://graph.microsoft.us",
		auth.China():        "https://microsoftgraph.chinacloudapi.cn",
	} {
		if cloud.Graph != graph {
			t.Errorf("%s: Graph = %s, want %s", cloud.Name, cloud.Graph, graph)
		}
	}
	if _, err := auth.CloudByName("germany"); err == nil {
		t.Error("CloudByName(germany) gave no error; that cloud is retired")
	}
}

func TestNewAppReportsEveryProblemAtOnce(t *testing.T) {
	fake := &endpoint{}
	_, err := auth.NewApp(auth.AppConfig{
		Cloud:        auth.Cloud{Authority: "http://login.example.com"},
		Tenant:       "../common",
		ClientSecret: secret + "\n",
		HTTPClient:   &http.Client{Transport: fake},
	})
	if err == nil {
		t.Fatal("NewApp() gave no error")
	}
	for _, field := range []string{"Authority", "Resource", "Tenant", "ClientID", "ClientSecret"} {
		if !strings.Contains(err.Error(), field) {
			t.Errorf("NewApp() error does not name %s: %v", field, err)
		}
	}
	if strings.Contains(err.Error(), secret) {
		t.Errorf("NewApp() error reveals the secret: %v", err)
	}
	wantRequests(t, fake, 0)
}

func TestAuthority(t *testing.T) {
	tests := []struct {
		authority string
		ok        bool
	}{
		{"https://login.microsoftonline.com", true},
		{"https://login.microsoftonline.com/", true},
		{"http://127.0.0.1:8080/login", true},
		{"http://localhost:8080", true},
		{"http://[::1]:8080", true},
		{"http://login.microsoftonline.com", false},
		{"http://127.0.0.1.example.com", false},
		{"http://localhost.example.com", false},
		{"http://10.0.0.1", false},
		{"ftp://127.0.0.1", false},
		{"https://user:pass@login.microsoftonline.com", false},
		{"https://login.microsoftonline.com?x=1", false},
		{"https://login.microsoftonline.com#x", false},
		{"login.microsoftonline.com", false},
		{"", false},
	}
	for _, tt := range tests {
		cfg := appConfig(&endpoint{})
		cfg.Cloud = auth.Public()
		cfg.Cloud.Authority = tt.authority
		_, err := auth.NewApp(cfg)
		if (err == nil) != tt.ok {
			t.Errorf("NewApp() with authority %q: error = %v, want ok = %t", tt.authority, err, tt.ok)
		}
		if strings.HasPrefix(tt.authority, "http://") && err != nil && !errors.Is(err, auth.ErrInsecureURL) {
			t.Errorf("NewApp() with authority %q: error = %v, want ErrInsecureURL", tt.authority, err)
		}
	}
}

func TestTenant(t *testing.T) {
	tests := []struct {
		tenant string
		ok     bool
	}{
		{"fabrikam.onmicrosoft.com", true},
		{"0E1F2A3B-4c5d-4e6f-8a9b-0c1d2e3f4a5b", true},
		{"", false},
		{"common", false},
		{"fabrikam.com/..", false},
		{"fabrikam.com?x", false},
		{"fabrikam.com#x", false},
		{"fabrikam%2ecom", false},
		{"..", false},
		{"a..b", false},
		{" fabrikam.com", false},
		{"fabrikam.com\n", false},
		{"-a.com", false},
	}
	for _, tt := range tests {
		cfg := appConfig(&endpoint{})
		cfg.Tenant = tt.tenant
		if _, err := auth.NewApp(cfg); (err == nil) != tt.ok {
			t.Errorf("NewApp() with tenant %q: error = %v, want ok = %t", tt.tenant, err, tt.ok)
		}
	}
}
