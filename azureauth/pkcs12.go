package azureauth

import (
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"os"

	"software.sslmate.com/src/go-pkcs12"

	"github.com/cspkit/cspkit/auth"
)

// LoadPKCS12 reads the certificate and private key of an app from a PKCS#12
// file (.p12 or .pfx); see [ParsePKCS12].
func LoadPKCS12(path string, password auth.Secret) (*auth.Certificate, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("azureauth: the PKCS#12 file: %w", err)
	}
	return ParsePKCS12(data, password)
}

// ParsePKCS12 reads PKCS#12 data that holds one RSA private key and its
// certificate, in any order; further certificates make up the chain. It takes
// the encryption of OpenSSL 3 and of Windows as well as the old one. password
// is empty where there is none, as in an export of Azure Key Vault. The error
// repeats nothing of the data.
//
// Source: https://learn.microsoft.com/entra/identity-platform/certificate-credentials
func ParsePKCS12(data []byte, password auth.Secret) (*auth.Certificate, error) {
	key, first, others, err := pkcs12.DecodeChain(data, password.Reveal())
	switch {
	case errors.Is(err, pkcs12.ErrIncorrectPassword), errors.Is(err, pkcs12.ErrDecryption):
		return nil, errors.New("azureauth: the password of the PKCS#12 data is wrong")
	case err != nil:
		return nil, errors.New("azureauth: the PKCS#12 data cannot be read: export it again, with one private key and its certificate")
	}
	signer, ok := key.(*rsa.PrivateKey)
	if !ok {
		return nil, errors.New("azureauth: the PKCS#12 data holds a private key that is no RSA key: Entra takes RSA keys only")
	}
	chain := append([]*x509.Certificate{first}, others...)
	for i, cert := range chain {
		if signer.PublicKey.Equal(cert.PublicKey) {
			chain[0], chain[i] = chain[i], chain[0]
			return &auth.Certificate{Signer: signer, Chain: chain}, nil
		}
	}
	return nil, errors.New("azureauth: the PKCS#12 data lacks the certificate of its private key: export both together")
}
