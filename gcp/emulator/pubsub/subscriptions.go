package pubsub

import (
	"context"
	"maps"
	"slices"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
)

// Seconds that somebody may have a message. Source: the proto's comment on
// Subscription.ack_deadline_seconds.
const (
	leastDeadline = 10
	mostDeadline  = 600
)

// week is how long Google keeps messages where nothing else is said.
const week = 7 * 24 * 60 * 60

// subscriber is the service of subscriptions.
type subscriber struct {
	pubsubpb.UnimplementedSubscriberServer
	server *Server
}

var _ pubsubpb.SubscriberServer = subscriber{}

// CreateSubscription implements the API.
func (b subscriber) CreateSubscription(ctx context.Context, r *pubsubpb.Subscription) (*pubsubpb.Subscription, error) {
	s := b.server
	n, err := s.called(ctx, "CreateSubscription", r.GetName(), subscriptions)
	if err != nil {
		return nil, err
	}
	topic, err := parseKind(r.GetTopic(), topics)
	if err != nil {
		return nil, err
	}
	made, err := complete(r)
	if err != nil {
		return nil, err
	}
	if s.cfg.Allow != nil {
		if err := s.cfg.Allow(ctx, frame.Access{API: "pubsub.googleapis.com", Project: topic.project, Permission: "pubsub.topics.attachSubscription", Resource: topic.String()}); err != nil {
			return nil, err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.has(topic); err != nil {
		return nil, err
	}
	if s.has(n) == nil {
		return nil, exists(n)
	}
	s.project(n.project).subscriptions[n.id] = &subscription{Subscription: made}
	return made, s.save(n.project)
}

// complete refuses what is not emulated, and gives what Google chooses.
func complete(r *pubsubpb.Subscription) (*pubsubpb.Subscription, error) {
	switch {
	case r.GetPushConfig().GetPushEndpoint() != "", r.GetBigqueryConfig() != nil, r.GetCloudStorageConfig() != nil, r.GetFilter() != "", r.GetDeadLetterPolicy() != nil,
		r.GetEnableMessageOrdering(), r.GetEnableExactlyOnceDelivery(), r.GetRetainAckedMessages(), len(r.GetMessageTransforms()) > 0:
		return nil, status.Error(codes.Unimplemented, "subscriptions that push, export, filter, order or keep messages are not emulated")
	case r.GetAckDeadlineSeconds() != 0 && (r.GetAckDeadlineSeconds() < leastDeadline || r.GetAckDeadlineSeconds() > mostDeadline):
		return nil, status.Errorf(codes.InvalidArgument, "Invalid ack deadline given (ack_deadline_secs=%d). It must be between %d and %d.", r.GetAckDeadlineSeconds(), leastDeadline, mostDeadline)
	}
	made := proto.CloneOf(r)
	if made.AckDeadlineSeconds == 0 {
		made.AckDeadlineSeconds = leastDeadline
	}
	if made.MessageRetentionDuration == nil {
		made.MessageRetentionDuration = &durationpb.Duration{Seconds: week}
	}
	made.PushConfig, made.State = &pubsubpb.PushConfig{}, pubsubpb.Subscription_ACTIVE
	return made, nil
}

// GetSubscription implements the API.
func (b subscriber) GetSubscription(ctx context.Context, r *pubsubpb.GetSubscriptionRequest) (*pubsubpb.Subscription, error) {
	s := b.server
	n, err := s.called(ctx, "GetSubscription", r.GetSubscription(), subscriptions)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.has(n); err != nil {
		return nil, err
	}
	return s.project(n.project).subscriptions[n.id].Subscription, nil
}

// ListSubscriptions implements the API.
func (b subscriber) ListSubscriptions(ctx context.Context, r *pubsubpb.ListSubscriptionsRequest) (*pubsubpb.ListSubscriptionsResponse, error) {
	s := b.server
	if err := s.Faults.Take(ctx, "ListSubscriptions"); err != nil {
		return nil, err
	}
	id, err := parseProject(r.GetProject())
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.project(id)
	var all []*pubsubpb.Subscription
	for _, id := range slices.Sorted(maps.Keys(p.subscriptions)) {
		all = append(all, p.subscriptions[id].Subscription)
	}
	page, next, err := frame.Page(all, r.GetPageSize(), r.GetPageToken(), usualPage, maxPage)
	return &pubsubpb.ListSubscriptionsResponse{Subscriptions: page, NextPageToken: next}, err
}

// DeleteSubscription implements the API. Its messages go with it.
func (b subscriber) DeleteSubscription(ctx context.Context, r *pubsubpb.DeleteSubscriptionRequest) (*emptypb.Empty, error) {
	s := b.server
	n, err := s.called(ctx, "DeleteSubscription", r.GetSubscription(), subscriptions)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.has(n); err != nil {
		return nil, err
	}
	delete(s.project(n.project).subscriptions, n.id)
	if err := s.save(n.project); err != nil {
		return nil, err
	}
	return &emptypb.Empty{}, s.cfg.Policies.Forget(n.String())
}
