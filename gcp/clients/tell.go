package clients

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	sender "github.com/gcpdeploy/gcpdeploy/gcp/notify"
	"github.com/gcpdeploy/gcpdeploy/internal/engine"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/key"
	"github.com/gcpdeploy/gcpdeploy/internal/notify"
)

// Tell tells those whom the configuration names how a refresh that began at started
// has ended, if they want to hear of it: one message to each. failure is its error,
// or nil. What cannot be told is a warning, as the refresh has ended as it did.
func (s *Set) Tell(ctx context.Context, r engine.RefreshResult, failure error, started time.Time, warn func(string)) {
	m := s.message(r, failure, started)
	if when := notify.When(s.Config.Wheels.NotifyOn); !when.Wants(m.Status) {
		return
	}
	send, body := sender.New(s.access), m.JSON()
	attributes := map[string]string{"type": m.Type, "status": string(m.Status), "service": m.Service, "project": m.Project, "region": m.Region}
	lost := make([]error, len(s.Config.Wheels.Notify))
	var wg sync.WaitGroup
	for i, name := range s.Config.Wheels.Notify {
		wg.Go(func() {
			to, _ := notify.Parse(name) // the configuration was checked
			lost[i] = send.Send(ctx, to.In(s.Config.Project), body, attributes)
		})
	}
	wg.Wait()
	for i, err := range lost {
		if err == nil {
			continue
		}
		text := fmt.Sprintf("nobody was told by %s: %v", s.Config.Wheels.Notify[i], err)
		if hint := errs.HintOf(err); hint != "" {
			text += "; " + hint
		}
		warn(text)
	}
}

// message is what is told of a refresh.
func (s *Set) message(r engine.RefreshResult, failure error, started time.Time) notify.Message {
	c := s.Config
	m := notify.Message{
		ID: key.Sum(fmt.Append(nil, c.Project, " ", c.Home(), " ", c.Service, " ", started.UnixNano()))[:32], Status: notify.Status(r.Status),
		Service: c.Service, Project: c.Project, Region: c.Home(), Started: started.UTC().Truncate(time.Second), Builds: r.Builds, URL: r.LogURL,
	}
	for _, p := range r.Changed {
		m.Changed = append(m.Changed, notify.Change{Name: p.Name, Old: p.Old, New: p.New})
	}
	if failure != nil {
		m.Status, m.Error = notify.Failed, failure.Error()
		if e, ok := errors.AsType[*errs.Error](failure); ok {
			m.Hint = e.Hint
		}
		if f := r.Failed; f != nil {
			m.Step, m.Log = string(f.Step), f.Log
		}
	}
	return m.Complete()
}
