package pubsub

import (
	"context"
	"encoding/json"
	"path/filepath"
	"time"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/gcpdeploy/gcpdeploy/internal/atomicfile"
)

// project is what one project has, by id.
type project struct {
	topics        map[string]*pubsubpb.Topic
	subscriptions map[string]*subscription
	messages      int // that were published so far
}

// subscription is one with the messages that nobody has acknowledged.
type subscription struct {
	*pubsubpb.Subscription
	pending []*pending
}

// pending is a message that waits, or that somebody has.
type pending struct {
	message *pubsubpb.PubsubMessage
	until   time.Time // somebody has it until then
	tries   int
}

// stored is a project on the disk. Who had which message when the emulator ended is
// not kept: they wait again.
type stored struct {
	Topics        map[string]json.RawMessage
	Subscriptions map[string]storedSubscription
	Messages      int
}

type storedSubscription struct {
	Message json.RawMessage
	Pending []json.RawMessage
}

func newProject() *project {
	return &project{topics: map[string]*pubsubpb.Topic{}, subscriptions: map[string]*subscription{}}
}

func (p *project) read(data []byte) error {
	var st stored
	if err := json.Unmarshal(data, &st); err != nil {
		return err
	}
	p.messages = st.Messages
	for id, raw := range st.Topics {
		p.topics[id] = &pubsubpb.Topic{}
		if err := protojson.Unmarshal(raw, p.topics[id]); err != nil {
			return err
		}
	}
	for id, raw := range st.Subscriptions {
		sub := &subscription{Subscription: &pubsubpb.Subscription{}}
		if err := protojson.Unmarshal(raw.Message, sub.Subscription); err != nil {
			return err
		}
		for _, m := range raw.Pending {
			one := &pending{message: &pubsubpb.PubsubMessage{}}
			if err := protojson.Unmarshal(m, one.message); err != nil {
				return err
			}
			sub.pending = append(sub.pending, one)
		}
		p.subscriptions[id] = sub
	}
	return nil
}

// save stores a project; the caller holds the lock, as for all below.
func (s *Server) save(id string) error {
	p := s.project(id)
	st := stored{Topics: map[string]json.RawMessage{}, Subscriptions: map[string]storedSubscription{}, Messages: p.messages}
	var failed error
	raw := func(m proto.Message) json.RawMessage {
		data, err := protojson.Marshal(m)
		if err != nil {
			failed = err
		}
		return data
	}
	for id, t := range p.topics {
		st.Topics[id] = raw(t)
	}
	for id, sub := range p.subscriptions {
		kept := storedSubscription{Message: raw(sub.Subscription)}
		for _, m := range sub.pending {
			kept.Pending = append(kept.Pending, raw(m.message))
		}
		st.Subscriptions[id] = kept
	}
	if failed == nil {
		failed = atomicfile.KeepJSON(filepath.Join(s.cfg.Dir, id+".json"), st)
	}
	if failed != nil {
		return status.Errorf(codes.Internal, "storing what project %s has: %v", id, failed)
	}
	return nil
}

// project is what a project has, which may be nothing.
func (s *Server) project(id string) *project {
	if s.of[id] == nil {
		s.of[id] = newProject()
	}
	return s.of[id]
}

// called takes a call about a topic or a subscription, and gives its name.
func (s *Server) called(ctx context.Context, method, of, kind string) (name, error) {
	if err := s.Faults.Take(ctx, method); err != nil {
		return name{}, err
	}
	return parseKind(of, kind)
}

// has is an error where there is nothing of a name.
func (s *Server) has(n name) error {
	p := s.project(n.project)
	if n.kind == topics && p.topics[n.id] != nil || n.kind == subscriptions && p.subscriptions[n.id] != nil {
		return nil
	}
	return notFound(n)
}
