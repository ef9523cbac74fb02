package webhooks_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/cspkit/cspkit/webhooks"
)

func take(context.Context, webhooks.Event) error { return nil }

func TestOptionsAreChecked(t *testing.T) {
	for name, opt := range map[string]webhooks.Option{
		"HTTP client":   webhooks.WithHTTPClient(nil),
		"roots":         webhooks.WithRoots(nil),
		"intermediate":  webhooks.WithIntermediates(nil),
		"no host":       webhooks.WithCertificateHosts(),
		"an empty host": webhooks.WithCertificateHosts("a.example", ""),
		"a URL":         webhooks.WithCertificateHosts("https://a.example"),
		"a port":        webhooks.WithCertificateHosts("a.example:443"),
		"a path":        webhooks.WithCertificateHosts("a.example/b"),
		"a user":        webhooks.WithCertificateHosts("a@b.example"),
		"a wildcard":    webhooks.WithIssuerHosts("*.example"),
		"body limit":    webhooks.WithBodyLimit(0),
		"maximum age":   webhooks.WithMaxAge(-time.Hour),
		"memory":        webhooks.WithSeen(nil),
		"logger":        webhooks.WithLogger(nil),
	} {
		if _, err := webhooks.NewHandler(take, opt); err == nil || !strings.HasPrefix(err.Error(), "webhooks: ") {
			t.Errorf("%s: NewHandler = %v, want an error", name, err)
		}
	}
	if _, err := webhooks.NewHandler(nil); err == nil {
		t.Error("NewHandler without a function = nil")
	}
	_, err := webhooks.NewHandler(nil, webhooks.WithBodyLimit(0), webhooks.WithSeen(nil))
	if err == nil || strings.Count(err.Error(), "must") != 3 {
		t.Errorf("NewHandler = %v, want all three problems", err)
	}
}

func TestTheBodyLimitCanBeChosen(t *testing.T) {
	body := eventOf(time.Now())
	r := newReceiver(t, webhooks.WithBodyLimit(int64(len(body))))
	r.want("just as large", delivery(t.Context(), microsoftKey(), body), 200, 1)
	r.want("a byte larger", delivery(t.Context(), microsoftKey(), body+" "), 413, 1)
}

func TestLogsShowWhatHappenedWithoutBodiesAndSignatures(t *testing.T) {
	var log bytes.Buffer
	r := newReceiver(t, webhooks.WithLogger(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))))
	good := delivery(t.Context(), microsoftKey(), eventOf(time.Now()))
	secret := good.Header.Get("Authorization")[len("Signature "):]
	r.post(good)
	r.post(delivery(t.Context(), microsoftKey(), string(r.got[0].Raw)))
	forged := delivery(t.Context(), otherKey(), `{"EventName":"hello ada@contoso.example"}`)
	r.post(forged)
	forged = delivery(t.Context(), otherKey(), "x")
	forged.Header.Set("X-MS-Certificate-Url", "https://3psostorageacct.blob.core.windows.net/ada@contoso.example.cer")
	r.answer(forged.Header.Get("X-MS-Certificate-Url"), func() (*http.Response, error) { return nil, errors.New("connection refused") })
	r.post(forged)
	r.do = func(webhooks.Event) error { return errors.New("the queue is full") }
	r.post(delivery(t.Context(), microsoftKey(), eventOf(time.Now().Add(time.Second))))
	text := log.String()
	for _, want := range []string{
		`msg="webhook handled"`, `msg="webhook repeated"`, "event.customer=" + string(contoso), "status=401", "the signature does not match",
		"status=503", "connection refused", "status=500", "the queue is full",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the log lacks %q:\n%s", want, text)
		}
	}
	for _, never := range []string{secret[:20], "ada@", "ResourceUri", "EventName"} {
		if strings.Contains(text, never) {
			t.Errorf("the log shows %q:\n%s", never, text)
		}
	}
}
