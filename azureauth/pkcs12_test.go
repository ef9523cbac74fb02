package azureauth_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"software.sslmate.com/src/go-pkcs12"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/azureauth"
	"github.com/cspkit/cspkit/partnercentertest"
)

const password auth.Secret = "only-for-tests"

func TestFilesOfOpenSSLProveTheApp(t *testing.T) {
	for file, secret := range map[string]auth.Secret{"openssl3.p12": password, "legacy.p12": password, "nopassword.p12": ""} {
		certificate, err := azureauth.LoadPKCS12(filepath.Join("testdata", file), secret)
		if err != nil {
			t.Errorf("LoadPKCS12(%s): %v", file, err)
			continue
		}
		fake := partnercentertest.New()
		fake.TrustCertificate(certificate.Chain[0])
		app, err := auth.NewApp(auth.AppConfig{
			Tenant: partnercentertest.TenantID, ClientID: partnercentertest.ClientID, Certificate: certificate,
			HTTPClient: &http.Client{Transport: fake},
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := app.Token(t.Context()); err != nil {
			t.Errorf("Token() with %s: %v", file, err)
		}
		if shown := fmt.Sprintf("%v %+v %#v", certificate, *certificate, certificate); strings.Trim(shown, "REDACT ") != "" {
			t.Errorf("the certificate of %s prints %s, want REDACTED", file, shown)
		}
	}
}

func TestTheCertificateOfTheKeyComesFirst(t *testing.T) {
	cert := selfSigned(t)
	authority := issued(t, testKey2(t))
	data, err := pkcs12.Modern.Encode(testKey(), authority, []*x509.Certificate{cert}, password.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := azureauth.ParsePKCS12(data, password)
	if err != nil {
		t.Fatal(err)
	}
	if len(certificate.Chain) != 2 || !certificate.Chain[0].Equal(cert) || !certificate.Chain[1].Equal(authority) {
		t.Errorf("the chain does not begin with the certificate of the key, or has lost one: %d certificates", len(certificate.Chain))
	}
}

func TestPKCS12DataThatProvesNothing(t *testing.T) {
	good, err := os.ReadFile(filepath.Join("testdata", "openssl3.p12"))
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := pkcs12.Modern.Encode(testKey(), issued(t, testKey2(t)), nil, password.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	trusted, err := pkcs12.Modern.EncodeTrustStore([]*x509.Certificate{selfSigned(t)}, password.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	elliptic, err := os.ReadFile(filepath.Join("testdata", "elliptic.p12"))
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		data     []byte
		password auth.Secret
		want     string
	}{
		"a wrong password":         {good, "Passw0rd-DoNotLog", "password"},
		"no password":              {good, "", "password"},
		"nothing":                  {nil, password, "cannot be read"},
		"half of a file":           {good[:len(good)/2], password, "cannot be read"},
		"PEM":                      {[]byte("-----BEGIN PRIVATE KEY-----"), password, "cannot be read"},
		"certificates only":        {trusted, password, "cannot be read"},
		"the certificate of other": {stranger, password, "lacks the certificate"},
		"an elliptic key":          {elliptic, password, "no RSA key"},
	} {
		certificate, err := azureauth.ParsePKCS12(tt.data, tt.password)
		if err == nil || certificate != nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "DoNotLog") {
			t.Errorf("%s: ParsePKCS12() error = %v, want %q", name, err, tt.want)
		}
	}
	if _, err := azureauth.LoadPKCS12(filepath.Join(t.TempDir(), "none.p12"), password); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("LoadPKCS12 of no file: error = %v, want fs.ErrNotExist", err)
	}
}

// testKey2 returns another key than testKey, of the kind that authorities have.
func testKey2(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// issued returns a certificate of the key.
func issued(t *testing.T, key *ecdsa.PrivateKey) *x509.Certificate {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(2), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func FuzzParsePKCS12(f *testing.F) {
	for _, name := range []string{"nopassword.p12", "elliptic.p12"} {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		certificate, err := azureauth.ParsePKCS12(data, "")
		if err != nil {
			return
		}
		key, ok := certificate.Signer.Public().(*rsa.PublicKey)
		if !ok || !key.Equal(certificate.Chain[0].PublicKey) {
			t.Error("the chain does not begin with the certificate of an RSA key")
		}
	})
}
