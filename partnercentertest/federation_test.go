package partnercentertest_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	. "github.com/cspkit/cspkit/partnercentertest"
)

const (
	cluster  = "https://oidc.cluster.example"
	workload = "system:serviceaccount:billing:offboarding"
)

// projected returns header and claims of the token of a workload.
func projected() (header, claims map[string]any) {
	return map[string]any{"alg": "RS256", "kid": "1"}, map[string]any{
		"iss": cluster, "sub": workload, "aud": []string{"api://AzureADTokenExchange"}, "exp": time.Now().Add(time.Hour).Unix(),
	}
}

func TestAWorkloadReplacesTheSecret(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := with()
		s.TrustIssuer(cluster, workload, otherKey().Public()) // before its keys were rotated
		s.TrustIssuer(cluster, workload, ourKey().Public())
		header, claims := projected()
		assertion := sign(header, claims, ourKey())
		for _, after := range []time.Duration{0, 0, time.Hour - time.Second} {
			time.Sleep(after)
			if r := prove(t, s, assertion); r.Status != 200 {
				t.Errorf("after %v = %d %s, want 200, as often as it is sent", after, r.Status, r.Raw)
			}
		}
		time.Sleep(time.Second)
		wantDenied(t, "expired", prove(t, s, assertion), 401, "invalid_client", 700024)
	})
}

func TestTokensOfWorkloadsAreVerified(t *testing.T) {
	tests := []struct {
		name   string
		header map[string]any
		claims map[string]any
		number int
	}{
		{"unknown issuer", nil, map[string]any{"iss": cluster + "/"}, 700211},
		{"no issuer", nil, map[string]any{"iss": nil}, 700211},
		{"unknown subject", nil, map[string]any{"sub": "System:serviceaccount:billing:offboarding"}, 700213},
		{"subject of another issuer", nil, map[string]any{"sub": "other"}, 700213},
		{"another key", map[string]any{"key": "other"}, nil, 700027},
		{"another algorithm", map[string]any{"alg": "PS256"}, nil, 700027},
		{"another audience", nil, map[string]any{"aud": "api://somebody-else"}, 700212},
		{"no expiry", nil, map[string]any{"exp": nil}, 700024},
		{"not yet", nil, map[string]any{"nbf": time.Now().Add(time.Hour).Unix()}, 700024},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := with()
			s.TrustIssuer(cluster, workload, ourKey().Public())
			s.TrustIssuer("https://another.example", "other", ourKey().Public())
			header, claims := projected()
			maps.Copy(header, tt.header)
			maps.Copy(claims, tt.claims)
			key := ourKey()
			if header["key"] == "other" {
				key = otherKey()
			}
			wantDenied(t, "token", prove(t, s, sign(header, claims, key)), 401, "invalid_client", tt.number)
		})
	}
}

// A token that a cluster projects into a pod stands for the application.
func ExampleServer_TrustIssuer() {
	fake := New()
	fake.TrustIssuer(cluster, workload, ourKey().Public())

	header, claims := projected()
	res, err := (&http.Client{Transport: fake}).PostForm(tokenURL, url.Values{
		"grant_type": {"client_credentials"}, "scope": {partnerScope}, "client_id": {ClientID},
		"client_assertion_type": {jwtBearer}, "client_assertion": {sign(header, claims, ourKey())},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer res.Body.Close()
	fmt.Println(res.Status)
	// Output: 200 OK
}
