package e2e

import (
	"context"
	"math/rand/v2"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/fault"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
	"github.com/gcpdeploy/gcpdeploy/internal/poll"
)

// turns lets those who change one service at the same time make one call after the other,
// in an order that a seed says. Who is next is drawn when nothing moves by itself: each of
// them is about to make a call, or waits for a rollout, whose containers do not start before
// it is their turn. So the same seed gives the same order.
type turns struct {
	draw     *rand.Rand
	underway func() int // rollouts

	mu     sync.Mutex
	actors map[string]*actor // by the agent of their calls
	starts []chan struct{}   // of containers that are held back
	rolls  bool              // it is the rollouts' turn
	order  []string          // whose turn it was, and for what
	ended  chan struct{}
}

// actor is one of them.
type actor struct {
	name  string
	act   func()
	call  string        // that it is about to make; "" = none
	turn  chan struct{} // closed when it may
	waits bool          // for an operation
	done  bool
}

const rollouts = "rollouts"

func newTurns(seed uint64, underway func() int) *turns {
	return &turns{draw: rand.New(rand.NewPCG(seed, 0)), underway: underway, actors: map[string]*actor{}, ended: make(chan struct{})}
}

// let has somebody take part, whose calls are known by their agent.
func (s *turns) let(agent, name string, act func()) {
	s.actors[agent] = &actor{name: name, act: act}
}

// begin has all act, up to their first calls.
func (s *turns) begin() {
	for _, a := range s.actors {
		go func() {
			a.act()
			s.mu.Lock()
			defer s.mu.Unlock()
			a.done = true
		}()
	}
}

// disturb holds a call until it is its caller's turn: those that look at a service, or
// change it. What waits for an operation ends by itself, and policies are not what is
// raced for.
func (s *turns) disturb(c emulator.Call) fault.Trouble {
	call := c.Method
	if strings.HasPrefix(c.Path, "/google.") {
		call = path.Base(c.Path)
	}
	switch {
	case call == "WaitOperation":
		s.mu.Lock()
		defer s.mu.Unlock()
		if a := s.actors[agent(c)]; a != nil {
			a.waits = true
		}
	case !strings.HasSuffix(call, "IamPolicy"):
		s.hold(agent(c), call)
	}
	return fault.None
}

// hold waits until it is somebody's turn for something.
func (s *turns) hold(agent, call string) {
	s.mu.Lock()
	a := s.actors[agent]
	if a == nil {
		s.mu.Unlock()
		return
	}
	turn := make(chan struct{})
	a.call, a.turn, a.waits = call, turn, false
	s.mu.Unlock()
	s.wait(turn)
}

func (s *turns) wait(turn chan struct{}) {
	select {
	case <-turn:
	case <-s.ended:
	}
}

// start holds a container back until it is the rollouts' turn.
func (s *turns) start() {
	s.mu.Lock()
	if s.rolls {
		s.mu.Unlock()
		return
	}
	turn := make(chan struct{})
	s.starts = append(s.starts, turn)
	s.mu.Unlock()
	s.wait(turn)
}

// choices are whose turn it may be, and none where all are done; ok is false while
// something moves by itself.
func (s *turns) choices() (who []string, ok bool) {
	rolling := s.underway() > 0
	s.mu.Lock()
	defer s.mu.Unlock()
	held := len(s.starts) > 0
	if s.rolls && !rolling {
		s.rolls = false
	}
	if rolling && (s.rolls || !held) {
		return nil, false
	}
	for _, a := range s.actors {
		switch {
		case a.done:
		case a.call != "":
			who = append(who, a.name)
		case !a.waits || !rolling:
			return nil, false
		}
	}
	if held {
		who = append(who, rollouts)
	}
	slices.Sort(who)
	return who, true
}

// play gives each its turn until all are done. look is called before each turn, with
// nothing under way but what is held back.
func (s *turns) play(t *testing.T, look func()) {
	t.Helper()
	defer close(s.ended)
	s.begin()
	pauses := poll.Backoff{Initial: 100 * time.Microsecond, Max: 2 * time.Millisecond, Factor: 1.2}
	for {
		var who []string
		if err := poll.Until(t.Context(), poll.System, pauses, func(context.Context) (ok bool, err error) {
			who, ok = s.choices()
			return ok, nil
		}); err != nil {
			t.Fatal(err)
		}
		look()
		if len(who) == 0 {
			return
		}
		s.next(who[s.draw.IntN(len(who))])
	}
}

// next gives one its turn.
func (s *turns) next(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if name == rollouts {
		s.order = append(s.order, name)
		for _, turn := range s.starts {
			close(turn)
		}
		s.starts, s.rolls = nil, true
		return
	}
	for _, a := range s.actors {
		if a.name == name && !a.done {
			s.order = append(s.order, name+" "+a.call)
			a.call = ""
			close(a.turn)
		}
	}
}

// String is the order so far.
func (s *turns) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.order, ", ")
}

// heldBack are containers that start when it is their turn, where there are turns.
type heldBack struct {
	frame.Containers
	mu    sync.Mutex
	turns *turns
}

func (h *heldBack) by(s *turns) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.turns = s
}

func (h *heldBack) Start(ctx context.Context, id string) error {
	h.mu.Lock()
	s := h.turns
	h.mu.Unlock()
	if s != nil {
		s.start()
	}
	return h.Containers.Start(ctx, id)
}
