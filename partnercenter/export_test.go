package partnercenter

import "net/http"

// DecodeError is the decoder of error answers.
func DecodeError(status int, reason string, header http.Header, body []byte, hide ...string) *Error {
	return decodeError(status, reason, header, body, hide...)
}

// ResolveLink resolves a link that the service at base sent.
func ResolveLink(base, link string) (string, error) {
	u, err := baseURL("test", base)
	if err != nil {
		return "", err
	}
	return endpoint{u, PartnerCenter.version()}.resolve(link)
}
