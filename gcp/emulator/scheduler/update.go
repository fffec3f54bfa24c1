package scheduler

import (
	"context"
	"slices"
	"strings"

	"cloud.google.com/go/scheduler/apiv1/schedulerpb"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// output are the fields that only the service writes: in a mask they do nothing.
var output = []string{"name", "user_update_time", "state", "status", "schedule_time", "last_attempt_time"}

// UpdateJob changes what the mask names; without a mask all that is not output. A
// job that is paused stays so.
func (s *Server) UpdateJob(ctx context.Context, r *schedulerpb.UpdateJobRequest) (*schedulerpb.Job, error) {
	if err := s.Faults.Take(ctx, "UpdateJob"); err != nil {
		return nil, err
	}
	name := r.GetJob().GetName()
	s.mu.Lock()
	was, err := s.find(name)
	if err != nil {
		s.mu.Unlock()
		return nil, err
	}
	m, legacy := was.shown(), was.legacy
	s.mu.Unlock()

	paths := r.GetUpdateMask().GetPaths()
	if len(paths) == 0 {
		paths = []string{"description", "pubsub_target", "app_engine_http_target", "http_target", "schedule", "time_zone", "retry_config", "attempt_deadline"}
	}
	from := asked(r.GetJob())
	for _, p := range paths {
		if err := set(m.ProtoReflect(), from.ProtoReflect(), p); err != nil {
			return nil, err
		}
	}
	j, err := s.admit(ctx, m, legacy)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now, err := s.find(name)
	if err != nil {
		return nil, err
	}
	// What happened to it meanwhile stays; an attempt that is under way goes on.
	j.id, j.running = now.id, now.running
	m.State, m.Status, m.LastAttemptTime = now.message.State, now.message.Status, now.message.LastAttemptTime
	if err := s.put(j); err != nil {
		return nil, err
	}
	return j.shown(), nil
}

// set takes the field of a path over from another message of the kind.
func set(to, from protoreflect.Message, path string) error {
	if slices.Contains(output, path) {
		return nil
	}
	head, rest, deeper := strings.Cut(path, ".")
	f := to.Descriptor().Fields().ByTextName(head)
	switch {
	case f == nil, deeper && (f.Message() == nil || f.IsMap() || f.IsList()):
		return invalid("Invalid field in update_mask: %.200q", path)
	case deeper:
		return set(to.Mutable(f).Message(), from.Get(f).Message(), rest)
	case !from.Has(f):
		if of := f.ContainingOneof(); of == nil || to.WhichOneof(of) == f {
			to.Clear(f)
		}
	default:
		to.Set(f, proto.Clone(from.Interface()).ProtoReflect().Get(f))
	}
	return nil
}
