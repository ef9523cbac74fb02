package partnercentertest_test

import (
	"fmt"
	"io"
	"net/http"
	"testing"

	. "github.com/cspkit/cspkit/partnercentertest"
)

// A request costs the same however many customers there are: of a hundred
// thousand, list all and read every hundredth.
func BenchmarkAHundredThousandCustomers(b *testing.B) {
	const n = 100_000
	s := New(many(n)...)
	s.Forget = true
	get := benchmarkGet(b, s)
	for b.Loop() {
		listed := 0
		for path, header := "/v1/customers?size=500", ""; path != ""; {
			r := get(path, header)
			listed += len(r.items())
			path, header = next(r)
		}
		if listed != n {
			b.Fatalf("listed %d customers, want %d", listed, n)
		}
		for i := 0; i < n; i += n / 1000 {
			if r := get(fmt.Sprintf("/v1/customers/00000000-0000-4000-9000-%012d", i), ""); r.Status != 200 {
				b.Fatalf("customer %d = %d", i, r.Status)
			}
		}
	}
}

// A read by ID among a hundred thousand customers should cost what it costs
// among ten.
func BenchmarkReadOne(b *testing.B) {
	for _, n := range []int{10, 100_000} {
		b.Run(fmt.Sprint(n, " customers"), func(b *testing.B) {
			s := New(many(n)...)
			s.Forget = true
			get := benchmarkGet(b, s)
			for b.Loop() {
				if r := get(fmt.Sprintf("/v1/customers/00000000-0000-4000-9000-%012d", n-1), ""); r.Status != 200 {
					b.Fatalf("read = %d", r.Status)
				}
			}
		})
	}
}

// benchmarkGet returns a function that reads from the server as the partner's
// application.
func benchmarkGet(b *testing.B, s *Server) func(path, continuation string) reply {
	access := token(b, s, "client_credentials", partnerScope)
	return func(path, continuation string) reply {
		req, err := http.NewRequest("GET", apiHost+path, nil)
		if err != nil {
			b.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+access)
		if continuation != "" {
			req.Header.Set("MS-ContinuationToken", continuation)
		}
		res, err := s.RoundTrip(req)
		if err != nil {
			b.Fatal(err)
		}
		data, err := io.ReadAll(res.Body)
		if err != nil {
			b.Fatal(err)
		}
		return newReply(res, data)
	}
}
