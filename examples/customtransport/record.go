package customtransport

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"
)

// Recorder is a transport that writes down what passes through it: one line of
// JSON an exchange, with everything left out that is not known to be harmless
// (redact.go has the lists). It is safe for concurrent use.
type Recorder struct {
	next http.RoundTripper

	mu  sync.Mutex
	w   io.Writer
	err error
}

// Recorded returns a recorder in front of next that writes to w, such as a file
// opened with mode 0600: tenant ids and prices are nobody else's business either.
func Recorded(next http.RoundTripper, w io.Writer) *Recorder { return &Recorder{next: next, w: w} }

// Err returns what first went wrong with writing. It stops the record and no
// request: that a write was sent must not get lost because a disk is full.
func (r *Recorder) Err() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.err
}

// Exchange is one line of a record.
type Exchange struct {
	Time     time.Time         `json:"time"`
	Took     string            `json:"took"`
	Method   string            `json:"method"`
	Host     string            `json:"host"`
	Path     string            `json:"path"` // a segment that is not known to be harmless reads {}
	Query    map[string]string `json:"query,omitempty"`
	Request  Message           `json:"request"`
	Status   int               `json:"status,omitempty"` // 0: no complete answer
	Response Message           `json:"response,omitzero"`
}

// Message is what a record shows of a request or an answer.
type Message struct {
	Header map[string]string `json:"header,omitempty"`
	Bytes  int               `json:"bytes,omitempty"` // of the whole body
	Body   any               `json:"body,omitempty"`  // absent where nothing of it may be shown
}

// RoundTrip implements [http.RoundTripper].
func (r *Recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	sent, body, err := withBody(req)
	if err != nil {
		return nil, err
	}
	e := Exchange{
		Time: time.Now().UTC(), Method: req.Method, Host: req.URL.Host, Path: safePath(req.URL.Path), Query: safeQuery(req.URL.Query()),
		Request: message(req.URL.Path, req.Header, body),
	}
	resp, err := r.next.RoundTrip(sent)
	if err == nil {
		var complete bool
		if body, complete = drain(resp); complete {
			e.Status = resp.StatusCode
		}
		e.Response = message(req.URL.Path, resp.Header, body)
	}
	e.Took = time.Since(e.Time).String()
	r.write(e)
	return resp, err
}

func (r *Recorder) write(e Exchange) {
	line, err := json.Marshal(e)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err != nil {
		return
	}
	if err == nil {
		_, err = r.w.Write(append(line, '\n'))
	}
	r.err = err
}

// withBody returns a request to send in place of req, and the body that it
// has. Reading the body of req itself would leave nothing to send.
func withBody(req *http.Request) (*http.Request, []byte, error) {
	if req.Body == nil || req.Body == http.NoBody {
		return req, nil, nil
	}
	body, err := io.ReadAll(req.Body)
	if err := errors.Join(err, req.Body.Close()); err != nil {
		return nil, nil, err
	}
	sent := req.Clone(req.Context())
	sent.Body = io.NopCloser(bytes.NewReader(body))
	return sent, body, nil
}

// drain reads an answer and puts what it read back, with the error at its end
// if it was cut short: the caller notices that as it would have without us.
func drain(resp *http.Response) (body []byte, complete bool) {
	body, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	rest := io.Reader(bytes.NewReader(body))
	if err != nil {
		rest = io.MultiReader(rest, broken{err})
	}
	resp.Body = io.NopCloser(rest)
	return body, err == nil
}

type broken struct{ err error }

func (b broken) Read([]byte) (int, error) { return 0, b.err }
