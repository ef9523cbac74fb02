package customtransport_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/examples/customtransport"
	"github.com/cspkit/cspkit/partnercentertest"
)

// Everything at once, over real connections: requests to Microsoft's addresses
// go to an https proxy that asks for a client certificate, through it to a
// gateway that opens the connection with a certificate of the company's, asks
// for one, too, and checks the signature, and from there to the emulator.
func TestThroughProxyAndGateway(t *testing.T) {
	company := newAuthority(t)
	fake := partnercentertest.New(partnercentertest.Customer{ID: string(contoso), Company: "Contoso BV"})
	gateway := company.serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := verify(r); err != nil {
			http.Error(w, err.Error(), http.StatusForbidden)
			return
		}
		fake.ServeHTTP(w, r)
	}))
	proxy := &tunnel{to: gateway.Listener.Addr().String()}
	front := company.serve(t, proxy)
	address, err := url.Parse(front.URL)
	if err != nil {
		t.Fatal(err)
	}
	address.User = url.UserPassword("billing", "proxy-password")

	var file bytes.Buffer
	through := customtransport.Proxied(address, company.issue(t, "billing-host-1"), company.roots)
	t.Cleanup(through.CloseIdleConnections)
	recorder := customtransport.Recorded(through, &file)
	service := customers.New(newClient(t, customtransport.Signed(recorder, "billing", key)))
	c, err := service.Get(t.Context(), contoso)
	if err != nil || c.CompanyProfile.CompanyName != "Contoso BV" {
		t.Fatalf("Get = %+v, %v", c, err)
	}
	if got := proxy.targets(); got != "login.microsoftonline.com:443 api.partnercenter.microsoft.com:443" {
		t.Errorf("the proxy led to %q", got)
	}
	for _, r := range fake.Requests() {
		if r.Header.Get("Proxy-Authorization") != "" {
			t.Errorf("%s %s carries the password of the proxy", r.Method, r.Path)
		}
	}
	if text := file.String(); strings.Count(text, "\n") != 2 || strings.Contains(text, "proxy-password") {
		t.Errorf("the record is not of two exchanges without the password of the proxy:\n%s", text)
	}
}

// tunnel is a proxy that leads every CONNECT to one address.
type tunnel struct {
	to string

	mu  sync.Mutex
	led []string
}

func (p *tunnel) targets() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.led, " ")
}

func (p *tunnel) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodConnect || r.Header.Get("Proxy-Authorization") == "" {
		http.Error(w, "only CONNECT, and with a password", http.StatusProxyAuthRequired)
		return
	}
	p.mu.Lock()
	p.led = append(p.led, r.Host)
	p.mu.Unlock()
	there, err := net.Dial("tcp", p.to)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	here, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		there.Close()
		return
	}
	io.WriteString(here, "HTTP/1.1 200 Connection established\r\n\r\n")
	go func() {
		io.Copy(there, here)
		there.Close()
	}()
	io.Copy(here, there)
	here.Close()
}

// authority is the company's own: it vouches for its gateway under Microsoft's
// names, and for its machines.
type authority struct {
	cert  *x509.Certificate
	key   *ecdsa.PrivateKey
	roots *x509.CertPool
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{key: newKey(t), roots: x509.NewCertPool()}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Company root"}, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, a.key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	a.roots.AddCert(a.cert)
	return a
}

// issue returns a certificate for a machine or for Microsoft's names.
func (a *authority) issue(t *testing.T, names ...string) tls.Certificate {
	t.Helper()
	own := newKey(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), DNSNames: names, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, own.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: own}
}

// serve starts a server that asks for a client certificate of the company's.
func (a *authority) serve(t *testing.T, handler http.Handler) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.TLS = &tls.Config{
		Certificates: []tls.Certificate{a.issue(t, "api.partnercenter.microsoft.com", "login.microsoftonline.com")},
		ClientAuth:   tls.RequireAndVerifyClientCert, ClientCAs: a.roots,
	}
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // a refused handshake is what a test wants
	server.StartTLS()
	t.Cleanup(server.Close)
	return server
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}
