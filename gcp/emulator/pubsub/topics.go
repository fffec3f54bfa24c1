package pubsub

import (
	"context"
	"maps"
	"slices"
	"strconv"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
)

// Limits. Source: cloud.google.com/pubsub/quotas#resource_limits.
const (
	maxMessages = 1000     // of one call
	maxBytes    = 10 << 20 // of one message, and of one call
	maxPage     = 1000
	usualPage   = 100
)

// CreateTopic implements the API.
func (s *Server) CreateTopic(ctx context.Context, t *pubsubpb.Topic) (*pubsubpb.Topic, error) {
	n, err := s.called(ctx, "CreateTopic", t.GetName(), topics)
	if err != nil {
		return nil, err
	}
	if t.GetSchemaSettings() != nil || t.GetKmsKeyName() != "" || t.GetIngestionDataSourceSettings() != nil || len(t.GetMessageTransforms()) > 0 {
		return nil, status.Error(codes.Unimplemented, "schemas, keys, ingestion and transforms of topics are not emulated")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.has(n) == nil {
		return nil, exists(n)
	}
	made := proto.CloneOf(t)
	made.State = pubsubpb.Topic_STATE_UNSPECIFIED
	s.project(n.project).topics[n.id] = made
	return made, s.save(n.project)
}

// GetTopic implements the API.
func (s *Server) GetTopic(ctx context.Context, r *pubsubpb.GetTopicRequest) (*pubsubpb.Topic, error) {
	n, err := s.called(ctx, "GetTopic", r.GetTopic(), topics)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.project(n.project).topics[n.id], s.has(n)
}

// ListTopics implements the API.
func (s *Server) ListTopics(ctx context.Context, r *pubsubpb.ListTopicsRequest) (*pubsubpb.ListTopicsResponse, error) {
	if err := s.Faults.Take(ctx, "ListTopics"); err != nil {
		return nil, err
	}
	id, err := parseProject(r.GetProject())
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.project(id)
	var all []*pubsubpb.Topic
	for _, id := range slices.Sorted(maps.Keys(p.topics)) {
		all = append(all, p.topics[id])
	}
	page, next, err := frame.Page(all, r.GetPageSize(), r.GetPageToken(), usualPage, maxPage)
	return &pubsubpb.ListTopicsResponse{Topics: page, NextPageToken: next}, err
}

// DeleteTopic implements the API. Subscriptions stay, with what they have.
func (s *Server) DeleteTopic(ctx context.Context, r *pubsubpb.DeleteTopicRequest) (*emptypb.Empty, error) {
	n, err := s.called(ctx, "DeleteTopic", r.GetTopic(), topics)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.has(n); err != nil {
		return nil, err
	}
	delete(s.project(n.project).topics, n.id)
	for id, p := range s.of {
		changed := id == n.project
		for _, sub := range p.subscriptions {
			if sub.GetTopic() == n.String() {
				gone := proto.CloneOf(sub.Subscription) // who was given the other one may still read it
				gone.Topic = deletedTopic
				sub.Subscription, changed = gone, true
			}
		}
		if changed {
			if err := s.save(id); err != nil {
				return nil, err
			}
		}
	}
	return &emptypb.Empty{}, s.cfg.Policies.Forget(n.String())
}

// Publish implements the API: every subscription that the topic has by now gets
// the messages.
func (s *Server) Publish(ctx context.Context, r *pubsubpb.PublishRequest) (*pubsubpb.PublishResponse, error) {
	n, err := s.called(ctx, "Publish", r.GetTopic(), topics)
	if err != nil {
		return nil, err
	}
	if err := publishable(r); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.has(n); err != nil {
		return nil, err
	}
	p, res := s.project(n.project), &pubsubpb.PublishResponse{}
	saved := map[string]bool{n.project: true}
	for _, given := range r.GetMessages() {
		p.messages++
		m := proto.CloneOf(given)
		m.MessageId, m.PublishTime = strconv.Itoa(p.messages), timestamppb.New(s.cfg.Now())
		res.MessageIds = append(res.MessageIds, m.MessageId)
		for id, other := range s.of {
			for _, sub := range other.subscriptions {
				if sub.GetTopic() == n.String() {
					sub.pending = append(sub.pending, &pending{message: m})
					saved[id] = true
				}
			}
		}
	}
	for id := range saved {
		if err := s.save(id); err != nil {
			return nil, err
		}
	}
	s.wake()
	return res, nil
}

func publishable(r *pubsubpb.PublishRequest) error {
	invalid := func(format string, args ...any) error { return status.Errorf(codes.InvalidArgument, format, args...) }
	switch n := len(r.GetMessages()); {
	case n == 0:
		return invalid("The value for messages is too small. You passed 0 in the request, but the minimum value is 1.")
	case n > maxMessages:
		return invalid("The value for message_count is too large. You passed %d in the request, but the maximum value is %d.", n, maxMessages)
	case proto.Size(r) > maxBytes:
		return invalid("Request payload size exceeds the limit: %d bytes.", maxBytes)
	}
	for _, m := range r.GetMessages() {
		switch {
		case len(m.GetData()) == 0 && len(m.GetAttributes()) == 0:
			return invalid("One or more messages in the publish request is empty. Each message must contain either non-empty data, or at least one attribute.")
		case m.GetOrderingKey() != "":
			return status.Error(codes.Unimplemented, "ordering keys are not emulated")
		}
	}
	return nil
}
