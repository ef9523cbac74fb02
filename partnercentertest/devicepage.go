package partnercentertest

import (
	"html/template"
	"net/http"
	"net/url"
)

var deviceTemplate = template.Must(template.New("device").Parse(`<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>Enter code</title></head>
<body>
<h1>Enter code</h1>
<p>Enter the code displayed on your device. You are signed in as {{.}}, the one user of this emulator.</p>
<form method="post" action="/devicelogin">
<p><label>Code <input name="user_code" autocomplete="off" autofocus required></label></p>
<p><button name="decision" value="approve">Approve</button> <button name="decision" value="decline">Decline</button></p>
</form>
</body>
</html>
`))

// showDevicePage answers GET of the verification_uri.
func (s *Server) showDevicePage(*call) *answer {
	return render(http.StatusOK, deviceTemplate, UserName)
}

// submitDevicePage answers the form of that page.
func (s *Server) submitDevicePage(c *call) *answer {
	form, err := url.ParseQuery(string(c.body))
	if err != nil {
		return page(http.StatusBadRequest, "Enter code", "The request body is not a form.")
	}
	to, done := deviceApproved, "You have signed in. You may now close this window."
	switch form.Get("decision") {
	case "approve":
	case "decline":
		to, done = deviceDeclined, "You have declined the sign-in. You may now close this window."
	default:
		return page(http.StatusBadRequest, "Enter code", "The decision must be approve or decline.")
	}
	if s.decide(form.Get("user_code"), to, c.now) != nil {
		return page(http.StatusBadRequest, "Enter code", "That code didn't work. Check the code and try again.")
	}
	return page(http.StatusOK, "Enter code", done)
}
