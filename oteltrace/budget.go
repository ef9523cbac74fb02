package oteltrace

import (
	"context"
	"sync"
	"time"

	"go.opentelemetry.io/otel/metric"

	"github.com/cspkit/cspkit/partnercenter"
)

// lastMinute counts the attempts of the last minute, as Partner Center does:
// its allowance is one of requests a minute for each resource.
//
// Source: https://learn.microsoft.com/partner-center/developer/api-throttling-guidance
type lastMinute struct {
	mu      sync.Mutex
	seconds map[partnercenter.Resource]*[60]second
}

// second is how many attempts began in one.
type second struct {
	unix  int64
	count int64
}

// add counts an attempt that began at that time.
func (m *lastMinute) add(r partnercenter.Resource, at time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	ring := m.seconds[r]
	if ring == nil {
		if m.seconds == nil {
			m.seconds = map[partnercenter.Resource]*[60]second{}
		}
		ring = new([60]second)
		m.seconds[r] = ring
	}
	switch s := &ring[at.Unix()%60]; {
	case s.unix == at.Unix():
		s.count++
	case s.unix < at.Unix(): // not an attempt that took more than a minute
		*s = second{at.Unix(), 1}
	}
}

// observe tells how many there were. It is called when metrics are collected.
func (m *lastMinute) observe(_ context.Context, o metric.Int64Observer) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	oldest := time.Now().Unix() - 59
	for r, ring := range m.seconds {
		var sum int64
		for _, s := range ring {
			if s.unix >= oldest {
				sum += s.count
			}
		}
		o.Observe(sum, metric.WithAttributes(resourceKey.String(string(r))))
	}
	return nil
}
