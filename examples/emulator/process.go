package main

import (
	"net/http"
	"strings"
	"sync"

	"github.com/cspkit/cspkit/partnercentertest"
)

// process is what the port leads to: the emulator, and the admin API beside it.
type process struct {
	adjust func(*partnercentertest.Server) // what the command line says
	beside http.Handler                    // the admin API

	attest sync.Mutex // held from looking for an id until it is added

	mu   sync.RWMutex
	seed []byte
	fake *partnercentertest.Server
}

// now returns the emulator of the moment: a reset replaces it.
func (p *process) now() *partnercentertest.Server {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.fake
}

// reset begins again, with another seed or, if it is nil, with the same. Offsets
// in it then count from now. Without a usable seed everything stays as it is.
func (p *process) reset(seed []byte) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if seed == nil {
		seed = p.seed
	}
	fake, err := readSeed(seed)
	if err != nil {
		return err
	}
	p.adjust(fake)
	p.seed, p.fake = seed, fake
	return nil
}

func (p *process) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/admin" || strings.HasPrefix(r.URL.Path, "/admin/") {
		p.beside.ServeHTTP(w, r)
		return
	}
	p.now().ServeHTTP(w, r)
}
