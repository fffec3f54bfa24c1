package scheduler

import (
	"time"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
)

// soon is the system's timer. It tells once a minute at least: timers stand still
// while a machine sleeps, and do not know that its clock was set.
func soon(t time.Time) <-chan time.Time { return time.After(min(time.Until(t), time.Minute)) }

// Service is Cloud Scheduler for the frame.
func Service(f frame.Frame) (frame.Service, error) {
	at := f.At
	if at == nil {
		at = soon
	}
	apps, _ := frame.Find[Apps](f.Beside)
	s, err := New(Config{Dir: f.Dir, URL: f.URL(), Tokens: f.Tokens, Now: f.Now, At: at, Log: f.Log, Allow: f.Allow, Apps: apps})
	if err != nil {
		return frame.Service{}, err
	}
	return frame.Service{Server: s, APIs: []string{"cloudscheduler"}, Register: s.Register, Web: s.beta(), Locations: s.locations, Stop: s.Stop}, nil
}
