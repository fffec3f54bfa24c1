package lease_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"sync"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// memory is a registry. Its clock is ahead of the machine's.
type memory struct {
	ahead time.Duration

	mu      sync.Mutex
	tags    map[string]string
	labels  map[string]map[string]string
	created map[string]time.Time
	moves   int
	fail    func(call string) error
}

func newMemory(ahead time.Duration) *memory {
	return &memory{ahead: ahead, tags: map[string]string{}, labels: map[string]map[string]string{}, created: map[string]time.Time{}, fail: func(string) error { return nil }}
}

func (m *memory) call(image, name string) error {
	if image != plan.Leases {
		panic("a lease in " + image)
	}
	return m.fail(name)
}

func (m *memory) PushNote(_ context.Context, image, tag string, labels map[string]string) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.call(image, "push"); err != nil {
		return "", err
	}
	text, _ := json.Marshal(labels)
	d := fmt.Sprintf("sha256:%x", sha256.Sum256(text))
	if _, ok := m.created[d]; !ok {
		m.created[d] = time.Now().Add(m.ahead)
	}
	m.labels[d] = maps.Clone(labels)
	if tag != "" {
		m.tags[tag] = d
	}
	return d, nil
}

func (m *memory) MoveTag(_ context.Context, image, tag, digest string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.call(image, "move"); err != nil {
		return err
	}
	if m.labels[digest] == nil {
		return errs.New(errs.NotFound, "", "no %s", digest)
	}
	m.tags[tag], m.moves = digest, m.moves+1
	return nil
}

func (m *memory) Tags(_ context.Context, image string) (map[string]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.tags), m.call(image, "tags")
}

func (m *memory) Labels(_ context.Context, image, digest string) (map[string]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.labels[digest] == nil {
		return nil, errs.New(errs.NotFound, "", "no %s", digest)
	}
	return m.labels[digest], m.call(image, "labels")
}

func (m *memory) Created(_ context.Context, image, digest string) (time.Time, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.created[digest], m.call(image, "created")
}

// failing says what fails from now on.
func (m *memory) failing(fail func(call string) error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fail = fail
}

func (m *memory) moved() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.moves
}
