package partnercenter

import "net/http"

// DecodeError is the decoder of error answers.
func DecodeError(status int, reason string, header http.Header, body []byte, hide ...string) *Error {
	return decodeError(status, reason, header, body, hide...)
}

// ResolveLink resolves a link that Partner Center at base sent.
func ResolveLink(base, link string) (string, error) { return ResolveLinkOf(PartnerCenter, base, link) }

// ResolveLinkOf resolves a link that a service at base sent.
func ResolveLinkOf(s Service, base, link string) (string, error) {
	u, err := baseURL("test", base)
	if err != nil {
		return "", err
	}
	return endpoint{u, s.version()}.resolve(link)
}
