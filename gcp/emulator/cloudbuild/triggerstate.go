package cloudbuild

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/cloudbuild/trigger"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
	"github.com/gcpdeploy/gcpdeploy/internal/atomicfile"
)

func (s *Server) triggersDir() string { return filepath.Join(s.cfg.Dir, "triggers") }

func (s *Server) triggerFile(t *trigger.Trigger) string {
	return filepath.Join(s.triggersDir(), t.GetId()+".json")
}

// loadTriggers reads all triggers: each is a file as REST shows it.
func (s *Server) loadTriggers() error {
	entries, err := os.ReadDir(s.triggersDir())
	if err != nil {
		return err
	}
	for _, e := range entries {
		id, ok := strings.CutSuffix(e.Name(), ".json")
		if !ok || !uuid.MatchString(id) {
			continue
		}
		path := filepath.Join(s.triggersDir(), e.Name())
		_, err := frame.ReadState(s.cfg.Log, path, func(data []byte) error {
			t, err := trigger.UnmarshalJSON(data)
			if err == nil && (t.GetId() != id || !triggerName.MatchString(t.GetResourceName())) {
				err = fmt.Errorf("it is of trigger %q", t.GetResourceName())
			}
			if err == nil {
				s.triggers[t.GetResourceName()] = t
			}
			return err
		})
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	return nil
}

// keepTrigger stores a trigger of a location in the place of another one, or as a
// new one.
func (s *Server) keepTrigger(p place, old, t *trigger.Trigger) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, other := range s.triggers {
		if other.GetId() != t.GetId() && other.GetName() == t.GetName() && placeOf(other) == p {
			return status.Errorf(codes.AlreadyExists, "generic::already_exists: trigger %q already exists", p.trigger(t.GetName()))
		}
	}
	if old != nil && s.triggers[t.GetResourceName()] != old {
		return status.Error(codes.Aborted, "generic::aborted: the trigger was changed meanwhile")
	}
	data, err := trigger.MarshalJSON(t)
	if err == nil {
		err = atomicfile.Keep(s.triggerFile(t), data, 0o600)
	}
	if err != nil {
		return status.Errorf(codes.Internal, "storing the trigger: %v", err)
	}
	s.triggers[t.GetResourceName()] = t
	return nil
}

func (s *Server) dropTrigger(t *trigger.Trigger) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := os.Remove(s.triggerFile(t)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return status.Errorf(codes.Internal, "removing the trigger: %v", err)
	}
	delete(s.triggers, t.GetResourceName())
	return nil
}

// findTrigger looks a trigger up by its resource name, or by project and id on legacy
// paths, which mean location global. An id may be the trigger's name.
func (s *Server) findTrigger(name, project, id string) (place, *trigger.Trigger, error) {
	p := place{project, "global"}
	if name != "" {
		m := triggerName.FindStringSubmatch(name)
		if m == nil {
			return p, nil, invalid("invalid name %q: must be projects/{project}/locations/{location}/triggers/{trigger}", name)
		}
		if project != "" && project != m[1] || id != "" && id != m[3] {
			return p, nil, invalid("project_id %q and trigger_id %q do not match name %q", project, id, name)
		}
		p, id = place{m[1], m[2]}, m[3]
	}
	if id == "" {
		return p, nil, invalid("a trigger must be given")
	}
	if err := p.check(); err != nil {
		return p, nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if t := s.triggers[p.trigger(id)]; t != nil {
		return p, t, nil
	}
	for _, t := range s.triggers {
		if t.GetName() == id && placeOf(t) == p {
			return p, t, nil
		}
	}
	return p, nil, status.Error(codes.NotFound, "generic::not_found: Requested entity was not found.")
}

// Triggers are all triggers by their age; they must not be altered.
func (s *Server) Triggers() []*trigger.Trigger {
	s.mu.Lock()
	all := make([]*trigger.Trigger, 0, len(s.triggers))
	for _, t := range s.triggers {
		all = append(all, t)
	}
	s.mu.Unlock()
	slices.SortFunc(all, func(a, b *trigger.Trigger) int {
		return cmp.Or(a.GetCreateTime().AsTime().Compare(b.GetCreateTime().AsTime()), strings.Compare(a.GetResourceName(), b.GetResourceName()))
	})
	return all
}
