package pubsub

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
)

// longest is how long a pull waits for a message that is not there. Google waits
// longer, and does not say how long.
const longest = 5 * time.Second

// Pull implements the API: messages that nobody has, the oldest first.
func (b subscriber) Pull(ctx context.Context, r *pubsubpb.PullRequest) (*pubsubpb.PullResponse, error) {
	s := b.server
	n, err := s.called(ctx, "Pull", r.GetSubscription(), subscriptions)
	if err != nil {
		return nil, err
	}
	if r.GetMaxMessages() <= 0 {
		return nil, status.Errorf(codes.InvalidArgument, "The value for max_messages is too small. You passed %d in the request, but the minimum value is 1.", r.GetMaxMessages())
	}
	wait := time.NewTimer(longest)
	defer wait.Stop()
	for {
		got, news, err := s.take(n, int(r.GetMaxMessages()))
		if err != nil || len(got) > 0 || r.GetReturnImmediately() { //nolint:staticcheck // deprecated, and what gcloud sends
			return &pubsubpb.PullResponse{ReceivedMessages: got}, err
		}
		select {
		case <-news:
		case <-wait.C:
			return &pubsubpb.PullResponse{}, nil
		case <-ctx.Done():
			return nil, status.FromContextError(ctx.Err()).Err()
		}
	}
}

// take gives messages to somebody for as long as the subscription says. news is
// closed when there may be others.
func (s *Server) take(n name, most int) (got []*pubsubpb.ReceivedMessage, news <-chan struct{}, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.has(n); err != nil {
		return nil, nil, err
	}
	sub, now := s.project(n.project).subscriptions[n.id], s.cfg.Now()
	for _, m := range sub.pending {
		if len(got) == most {
			break
		}
		if now.Before(m.until) {
			continue
		}
		m.tries++
		m.until = now.Add(time.Duration(sub.GetAckDeadlineSeconds()) * time.Second)
		got = append(got, &pubsubpb.ReceivedMessage{AckId: m.ack(), Message: m.message})
	}
	return got, s.news, nil
}

// ack is the id of a message in the hands of whom it was given to last.
func (p *pending) ack() string { return fmt.Sprintf("%s:%d", p.message.GetMessageId(), p.tries) }

// wake lets all pulls look again; the caller holds the lock.
func (s *Server) wake() {
	close(s.news)
	s.news = make(chan struct{})
}

// Acknowledge implements the API. An id that is not of a message, or of one that
// somebody else got since, is passed over, as at Google.
func (b subscriber) Acknowledge(ctx context.Context, r *pubsubpb.AcknowledgeRequest) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, b.settle(ctx, "Acknowledge", r.GetSubscription(), r.GetAckIds(), func(sub *subscription, ids []string) {
		sub.pending = slices.DeleteFunc(sub.pending, func(m *pending) bool { return slices.Contains(ids, m.ack()) })
	})
}

// ModifyAckDeadline implements the API; zero gives messages back.
func (b subscriber) ModifyAckDeadline(ctx context.Context, r *pubsubpb.ModifyAckDeadlineRequest) (*emptypb.Empty, error) {
	d := r.GetAckDeadlineSeconds()
	if d < 0 || d > mostDeadline {
		return nil, status.Errorf(codes.InvalidArgument, "Invalid ack deadline given (ack_deadline_secs=%d). It must be between 0 and %d.", d, mostDeadline)
	}
	return &emptypb.Empty{}, b.settle(ctx, "ModifyAckDeadline", r.GetSubscription(), r.GetAckIds(), func(sub *subscription, ids []string) {
		for _, m := range sub.pending {
			if slices.Contains(ids, m.ack()) {
				m.until = b.server.cfg.Now().Add(time.Duration(d) * time.Second)
			}
		}
		b.server.wake()
	})
}

func (b subscriber) settle(ctx context.Context, method, of string, ids []string, f func(*subscription, []string)) error {
	s := b.server
	n, err := s.called(ctx, method, of, subscriptions)
	if err != nil {
		return err
	}
	if len(ids) == 0 || slices.ContainsFunc(ids, func(id string) bool { return !strings.Contains(id, ":") }) {
		return status.Error(codes.InvalidArgument, "You have passed an invalid ack ID to the service (ack_id="+strings.Join(ids, ",")+").")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.has(n); err != nil {
		return err
	}
	f(s.project(n.project).subscriptions[n.id], ids)
	return s.save(n.project)
}
