package partnercentertest

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// webhookEvents are the events that one can register for.
var webhookEvents = []string{
	"azure-fraud-event-detected", "dap-admin-relationship-approved", "dap-admin-relationship-terminated",
	"dap-admin-relationship-terminated-by-microsoft", "granular-admin-access-assignment-activated",
	"granular-admin-access-assignment-created", "granular-admin-access-assignment-deleted", "granular-admin-access-assignment-updated",
	"granular-admin-relationship-activated", "granular-admin-relationship-approved", "granular-admin-relationship-expired",
	"granular-admin-relationship-terminated", "indirect-reseller-relationship-accepted-by-customer", "invoice-ready",
	"referral-created", "referral-updated", "related-referral-created", "related-referral-updated",
	"reseller-relationship-accepted-by-customer", "subscription-updated", "test-created", "usagerecords-thresholdExceeded",
}

// webhookRoutes are the calls under /webhooks/v1, by method and path. A star
// stands for an identifier.
var webhookRoutes = map[string]struct {
	op    Operation
	serve func(s *Server, c *call) *answer
}{
	"GET registration":                    {GetRegistration, (*Server).getRegistration},
	"POST registration":                   {CreateRegistration, (*Server).postRegistration},
	"PUT registration":                    {UpdateRegistration, (*Server).putRegistration},
	"GET registration/events":             {ListEvents, (*Server).listWebhookEvents},
	"POST registration/validationevents":  {CreateValidationEvent, (*Server).postValidation},
	"GET registration/validationevents/*": {GetValidationEvent, (*Server).getValidation},
}

// findWebhook returns the route of a call under /webhooks/v1 and the
// identifiers in its path.
func findWebhook(c *call, words []string) (r route, ids []string, ok bool) {
	words = slices.Clone(words)
	if len(words) == 3 {
		ids, words[2] = []string{words[2]}, "*"
	}
	to, ok := webhookRoutes[c.method+" "+strings.ToLower(strings.Join(words, "/"))]
	if !ok {
		return route{}, nil, false
	}
	return route{op: to.op, partner: true, serve: func(s *Server, c *call, _ *account, _ []string) *answer { return to.serve(s, c) }}, ids, true
}

// registration is where the partner's events go.
type registration struct {
	subscriber string
	url        string
	events     []string
	header     bool // the signature goes into x-ms-signature
}

func (r *registration) json() map[string]any {
	return map[string]any{"WebhookUrl": r.url, "WebhookEvents": r.events}
}

func (s *Server) listWebhookEvents(*call) *answer { return jsonAnswer(http.StatusOK, webhookEvents) }

// getRegistration answers GET /webhooks/v1/registration. What the service says
// where there is none is UNCONFIRMED.
func (s *Server) getRegistration(*call) *answer {
	if s.registered == nil {
		return bare(http.StatusNotFound)
	}
	return jsonAnswer(http.StatusOK, s.registered.json())
}

// postRegistration answers the first registration. What the service says to a
// second one is UNCONFIRMED; here it is refused, so that nobody relies on it.
func (s *Server) postRegistration(c *call) *answer {
	if s.registered != nil {
		return refuse(http.StatusBadRequest, "3000", "The tenant is registered: update its registration.")
	}
	return s.register(c, &registration{subscriber: newGUID()})
}

func (s *Server) putRegistration(c *call) *answer {
	if s.registered == nil {
		return bare(http.StatusNotFound)
	}
	return s.register(c, &registration{subscriber: s.registered.subscriber})
}

func (s *Server) register(c *call, r *registration) *answer {
	if problem := r.read(c.body); problem != "" {
		return refuse(http.StatusBadRequest, "3000", problem)
	}
	s.registered = r
	body := r.json()
	body["SubscriberId"] = r.subscriber
	return jsonAnswer(http.StatusOK, body).did()
}

// read takes a registration from a body, or says what is wrong with it.
func (r *registration) read(data []byte) (problem string) {
	body, err := decodeObject(data)
	if err != nil {
		return "The body is invalid: " + err.Error()
	}
	for name := range body {
		if !slices.Contains([]string{"webhookurl", "webhookevents", "signaturetokentomssignatureheader"}, name) {
			return "The property " + name + " is unknown."
		}
	}
	r.url, _ = body["webhookurl"].(string)
	if u, err := url.Parse(r.url); err != nil || u.Scheme != "https" || u.Host == "" {
		return "The property WebhookUrl is not an https URL."
	}
	events, _ := body["webhookevents"].([]any)
	for _, event := range events {
		name, _ := event.(string)
		if !slices.Contains(webhookEvents, name) {
			return "The property WebhookEvents has an event that is not supported."
		}
		r.events = append(r.events, name)
	}
	if len(r.events) == 0 {
		return "The property WebhookEvents has no events."
	}
	header, given := body["signaturetokentomssignatureheader"]
	if r.header, _ = header.(bool); given && header != r.header {
		return "The property SignatureTokenToMsSignatureHeader is not a boolean."
	}
	return ""
}

// validation is one test event that was asked for.
type validation struct {
	id      string
	created time.Time
	asked   time.Time // created by the receiver's clock: it refuses events of another day
	url     string
	ended   bool // delivered, or given up
	pending bool // Deliver has yet to take it
	results []any
}

// validationLife is how long the results of a test event are kept.
const validationLife = 7 * 24 * time.Hour

// postValidation answers POST /webhooks/v1/registration/validationEvents. The
// event goes out with the next [Server.Deliver].
func (s *Server) postValidation(c *call) *answer {
	if a := s.throttleTo(2, "validationEvents", c.now); a != nil {
		return a
	}
	if s.registered == nil || !slices.Contains(s.registered.events, "test-created") {
		return refuse(http.StatusBadRequest, "3000", "The tenant is not registered for the event test-created.")
	}
	if len(c.body) > 0 {
		return refuse(http.StatusBadRequest, "3000", "The body must be empty.")
	}
	v := &validation{id: newGUID(), created: c.now, asked: time.Now(), url: s.registered.url, pending: true}
	s.validations = append(s.validations, v)
	return jsonAnswer(http.StatusOK, map[string]any{"correlationId": v.id}).did()
}

func (s *Server) getValidation(c *call) *answer {
	words := segments(c.path)
	v := s.validation(words[len(words)-1])
	if v == nil || c.now.After(v.created.Add(validationLife)) {
		return bare(http.StatusNotFound)
	}
	status, results := "inProgress", v.results
	if v.ended {
		status = "completed"
	}
	if results == nil {
		results = []any{}
	}
	return jsonAnswer(http.StatusOK, map[string]any{
		"correlationId": v.id, "partnerId": TenantID, "status": status, "callbackUrl": v.url, "results": results,
	})
}

// validation returns the test event with an identifier, or nil.
func (s *Server) validation(id string) *validation {
	i := slices.IndexFunc(s.validations, func(v *validation) bool { return strings.EqualFold(v.id, id) })
	if i < 0 {
		return nil
	}
	return s.validations[i]
}
