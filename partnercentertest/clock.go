package partnercentertest

import "time"

// Advance puts the server's clock ahead, by d more each time: terms end, windows
// close, links and tokens expire, changes show, and the budget of the next minute
// begins.
//
// It is for programs whose own time does not move with it, such as those in
// another language; in a testing/synctest bubble sleep instead. What a client
// dates by its own clock is compared with the real time: the assertions with which
// it signs in, the dates in tokens, which ClockSkew moves, and those of events, of
// which it refuses old ones. Items, such as [License], are dated by time.Now, too.
// Advance panics when d is negative: what has happened cannot be undone.
func (s *Server) Advance(d time.Duration) {
	if d < 0 {
		panic("partnercentertest: Advance: time does not go back")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ahead += d
}

// Now returns the time by the server's clock, which is time.Now unless
// [Server.Advance] moved it.
func (s *Server) Now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now()
}

// now is Now for those who hold the lock.
func (s *Server) now() time.Time { return time.Now().Add(s.ahead) }
