package webhooks

import (
	"container/list"
	"context"
	"errors"
	"sync"
	"time"
)

// ErrClaimed is what [Seen].Begin returns while another delivery of the same
// event is being handled. The receiver answers 503, and Partner Center delivers
// it again.
var ErrClaimed = errors.New("another delivery of the event is being handled")

// A Seen remembers which events have been handled, because Partner Center
// delivers one again when an answer is late, lost or not 2xx. It serves many
// goroutines; receivers in several processes share one. Different consumers
// of the same events need one each.
//
// An event is claimed by Begin, and then settled by Commit or Release. It is
// named by an id of 64 hexadecimal digits.
type Seen interface {
	// Begin claims an event. It returns true if the caller shall handle it;
	// false if that was done; [ErrClaimed] while somebody else does it. Of
	// concurrent calls only one gets true. Where processes share a Seen, a claim
	// that is never settled has to lapse after some minutes: its process is gone.
	Begin(ctx context.Context, id string, until time.Time) (bool, error)
	// Commit remembers, until then at least, that the event was handled.
	Commit(ctx context.Context, id string, until time.Time) error
	// Release gives the claim up, so that the next delivery can make it.
	Release(ctx context.Context, id string) error
}

// MemorySeen is a [Seen] in the memory of one process. Its zero value is ready
// to use.
type MemorySeen struct {
	// Max is how many handled events are remembered; zero means 100000. Beyond
	// that the oldest is forgotten, and handled again if it comes again.
	Max int

	mu      sync.Mutex
	claimed map[string]bool
	handled map[string]*list.Element // of a memory
	order   list.List                // oldest first
}

// memory is a handled event.
type memory struct {
	id    string
	until time.Time
}

// Begin implements [Seen].
func (m *MemorySeen) Begin(_ context.Context, id string, _ time.Time) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.forget()
	if m.claimed[id] {
		return false, ErrClaimed
	}
	if m.handled[id] != nil {
		return false, nil
	}
	if m.claimed == nil {
		m.claimed, m.handled = map[string]bool{}, map[string]*list.Element{}
	}
	m.claimed[id] = true
	return true, nil
}

// Commit implements [Seen].
func (m *MemorySeen) Commit(_ context.Context, id string, until time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.claimed[id] {
		delete(m.claimed, id)
		m.handled[id] = m.order.PushBack(memory{id, until})
	}
	m.forget()
	return nil
}

// Release implements [Seen].
func (m *MemorySeen) Release(_ context.Context, id string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.claimed, id)
	return nil
}

// forget drops the oldest while they are over, or too many. One that ends
// before an older one stays for as long as that.
func (m *MemorySeen) forget() {
	most := m.Max
	if most <= 0 {
		most = 100_000
	}
	now := time.Now()
	for first := m.order.Front(); first != nil; first = m.order.Front() {
		if oldest := first.Value.(memory); m.order.Len() > most || now.After(oldest.until) {
			m.order.Remove(first)
			delete(m.handled, oldest.id)
			continue
		}
		return
	}
}
