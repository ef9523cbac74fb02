package customtransport

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/url"
)

// Proxied returns a transport that sends everything through proxy, and shows
// certificate to whoever asks for one on the way: an https proxy itself, or a
// gateway behind it that opens the connection. Only servers whose certificates
// lead to roots are trusted; nil means the roots of the system. The user and
// password of the proxy's URL, if it has any, are sent to the proxy alone.
//
// A gateway that opens connections sees every token and every secret. That it
// is the company's own, and not somebody in between, is what roots says.
func Proxied(proxy *url.URL, certificate tls.Certificate, roots *x509.CertPool) *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone() // with its timeouts and HTTP/2
	t.Proxy = http.ProxyURL(proxy)
	t.TLSClientConfig = &tls.Config{
		MinVersion:   tls.VersionTLS12,
		Certificates: []tls.Certificate{certificate},
		RootCAs:      roots,
	}
	return t
}
