package emulator

import (
	"net/http"
	"slices"
	"sync"
)

// maxCalls is how many calls are remembered.
const maxCalls = 10000

// Call is one request that passed the guards.
type Call struct {
	Method, Host, Path string
	Agent              string // the caller's name of itself
}

func callOf(r *http.Request) Call { return Call{r.Method, r.Host, r.URL.Path, r.UserAgent()} }

// calls remembers the last calls for tests.
type calls struct {
	mu  sync.Mutex
	all []Call
}

func (c *calls) add(r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.all) == maxCalls {
		c.all = c.all[1:]
	}
	c.all = append(c.all, callOf(r))
}

// Calls are the requests that were served, oldest first; of gRPC the path is the
// method.
func (s *Server) Calls() []Call {
	s.calls.mu.Lock()
	defer s.calls.mu.Unlock()
	return slices.Clone(s.calls.all)
}
