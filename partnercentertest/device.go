package partnercentertest

import (
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	deviceGrant    = "urn:ietf:params:oauth:grant-type:device_code"
	deviceLife     = 900 * time.Second
	deviceInterval = 5 * time.Second // between polls; also what slow_down adds
)

// device is a sign-in that began on one machine and is approved on another.
type device struct {
	userCode string // what the person enters; not a secret, it is shown
	ask      ask
	expires  time.Time
	interval time.Duration
	polled   time.Time
	state    deviceState
}

type deviceState int

const (
	deviceWaits deviceState = iota
	deviceApproved
	deviceDeclined
	deviceRedeemed
)

// ApproveDevice signs in with a user code, as a person does at the
// verification_uri. The next poll of the client gets tokens. It is an error
// when no sign-in waits for that code.
//
// Source: https://learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code
func (s *Server) ApproveDevice(userCode string) error {
	return s.decideDevice(userCode, deviceApproved)
}

// DeclineDevice refuses the sign-in with a user code. The next poll of the
// client answers authorization_declined.
func (s *Server) DeclineDevice(userCode string) error {
	return s.decideDevice(userCode, deviceDeclined)
}

func (s *Server) decideDevice(userCode string, to deviceState) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.decide(userCode, to, s.now())
}

// decide is decideDevice for those who hold the lock. People type codes in any
// letter case and with spaces around.
func (s *Server) decide(userCode string, to deviceState, now time.Time) error {
	for _, d := range s.authority.devices {
		if strings.EqualFold(d.userCode, strings.TrimSpace(userCode)) && d.state == deviceWaits && now.Before(d.expires) {
			d.state = to
			return nil
		}
	}
	return errors.New("partnercentertest: no sign-in waits for this user code")
}

// startDevice answers the devicecode endpoint. The application does not prove
// itself here, but when it polls.
func (s *Server) startDevice(c *call) *answer {
	if _, denied := s.tenant(c); denied != nil {
		return denied.json(c)
	}
	form, err := url.ParseQuery(string(c.body))
	if err != nil {
		return deny(http.StatusBadRequest, "invalid_request", 900144, "The request body is not a form.").json(c)
	}
	if denied := checkClientID(form.Get("client_id")); denied != nil {
		return denied.json(c)
	}
	a, denied := wants(form, false, true)
	if denied != nil {
		return denied.json(c)
	}
	d := &device{userCode: rand.Text()[:9], ask: a, expires: c.now.Add(deviceLife), interval: deviceInterval}
	code := "partnercentertest-device-" + rand.Text()
	s.authority.devices[code] = d
	s.secrets = append(s.secrets, code)
	where := c.origin + "/devicelogin"
	return jsonAnswer(http.StatusOK, map[string]any{
		"device_code": code, "user_code": d.userCode, "verification_uri": where,
		"expires_in": int(deviceLife / time.Second), "interval": int(deviceInterval / time.Second),
		"message": "To sign in, use a web browser to open the page " + where + " and enter the code " + d.userCode + " to authenticate.",
	}).set("Cache-Control", "no-store")
}

// redeemDeviceCode answers a poll. The errors have names that the contract
// gives; of their numbers only those of a pending and of an expired sign-in
// have been seen on the wire, the others have a neighbour's.
func (s *Server) redeemDeviceCode(r *tokenRequest) (map[string]any, *denial) {
	d := s.authority.devices[r.form.Get("device_code")]
	switch {
	case d == nil:
		return nil, deny(http.StatusBadRequest, "bad_verification_code", 70018, "Invalid verification code.")
	case d.state == deviceRedeemed:
		return nil, deny(http.StatusBadRequest, "invalid_grant", 54005, "The device code was already redeemed.")
	case d.state == deviceDeclined:
		return nil, deny(http.StatusBadRequest, "authorization_declined", 70018, "The end user has denied the authorization request.")
	case !r.now.Before(d.expires):
		return nil, deny(http.StatusBadRequest, "expired_token", 70020,
			"The provided value for the input parameter 'device_code' is not valid. This device code has expired.")
	case d.state == deviceWaits:
		return nil, d.poll(r.now)
	}
	if denied := s.admitUser(r.tenant); denied != nil {
		return nil, denied
	}
	d.state = deviceRedeemed
	return s.signedIn(r, d.ask, ""), nil
}

// poll notes that a client asks, and tells it to go on.
func (d *device) poll(now time.Time) *denial {
	early := !d.polled.IsZero() && now.Sub(d.polled) < d.interval
	d.polled = now
	if early {
		d.interval += deviceInterval
		return deny(http.StatusBadRequest, "slow_down", 70016, "The client polls too often. It must wait five seconds longer between polls.")
	}
	return deny(http.StatusBadRequest, "authorization_pending", 70016, "The user has not yet entered the code.")
}
