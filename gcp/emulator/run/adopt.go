package run

import (
	"context"
	"slices"
	"time"

	"google.golang.org/protobuf/proto"

	"cloud.google.com/go/run/apiv2/runpb"

	"github.com/gcpdeploy/gcpdeploy/internal/docker"
)

// adopt takes over the containers of an earlier process on the same state:
// those that still serve go on, all others of ours are removed.
func (s *Server) adopt() {
	if s.cfg.Docker == nil {
		return
	}
	ctx, cancel := context.WithTimeout(s.host.Context(), 10*time.Second)
	defer cancel()
	list, err := s.cfg.Docker.List(ctx, map[string]string{docker.Label: s.cfg.StateID, labelService: ""})
	if err != nil {
		s.cfg.Log.Warn("looking for containers of before", "error", err)
		return
	}
	list = slices.DeleteFunc(list, func(k docker.Summary) bool { return s.takeOver(ctx, k) })
	s.host.Go(func() { s.host.RemoveAll(list) })
}

// takeOver puts a running container that listens back to work.
func (s *Server) takeOver(ctx context.Context, k docker.Summary) bool {
	svc := s.services[k.Labels[labelService]]
	if _, held := k.Labels[labelContainer]; svc == nil || !k.Running || held {
		return false // those that are held together start again together
	}
	r := svc.revisions[k.Labels[labelRevision]]
	return r != nil && r.inst.Adopt(ctx, k.ID)
}

// observedRoute is the route that was in force when the state was written.
func (svc *service) observedRoute() *route {
	was := &service{srv: svc.srv, id: svc.id, port: svc.port, revisions: svc.revisions, pb: &runpb.Service{}}
	for _, t := range svc.pb.GetTrafficStatuses() {
		was.pb.Traffic = append(was.pb.Traffic, &runpb.TrafficTarget{Type: t.GetType(), Revision: t.GetRevision(), Percent: t.GetPercent(), Tag: t.GetTag()})
	}
	rt, _ := was.resolve(svc.latestReady())
	return rt
}

// Services gives all services as they are, for tests and status views.
func (s *Server) Services() []*runpb.Service {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []*runpb.Service
	for _, svc := range s.services {
		all = append(all, proto.CloneOf(svc.pb))
	}
	return all
}

// Running lists the full names of the revisions that have a container ready.
func (s *Server) Running() []string {
	s.mu.Lock()
	var all []*revision
	for _, svc := range s.services {
		for _, r := range svc.revisions {
			all = append(all, r)
		}
	}
	s.mu.Unlock()
	var names []string
	for _, r := range all {
		if r.inst.Running() {
			names = append(names, r.pb.GetName())
		}
	}
	return names
}
