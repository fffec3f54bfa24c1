package pubsub_test

import (
	"context"
	"net"
	"slices"
	"testing"
	"time"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/pubsub"
)

const (
	topic = "projects/p/topics/news"
	sub   = "projects/p/subscriptions/reader"
)

// wire is the emulator as a client sees it.
type wire struct {
	pubsubpb.PublisherClient
	pubsubpb.SubscriberClient
}

// start serves the state in a folder.
func start(t *testing.T, dir string, now func() time.Time) wire {
	t.Helper()
	s, err := pubsub.New(pubsub.Config{Dir: dir, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	g := grpc.NewServer()
	s.Register(g)
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = g.Serve(l) }()
	t.Cleanup(g.Stop)
	conn, err := grpc.NewClient(l.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return wire{pubsubpb.NewPublisherClient(conn), pubsubpb.NewSubscriberClient(conn)}
}

// made has a topic with a subscription.
func (w wire) made(t *testing.T) wire {
	t.Helper()
	if _, err := w.CreateTopic(t.Context(), &pubsubpb.Topic{Name: topic, Labels: map[string]string{"a": "b"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.CreateSubscription(t.Context(), &pubsubpb.Subscription{Name: sub, Topic: topic}); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w wire) publish(t *testing.T, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if _, err := w.Publish(t.Context(), &pubsubpb.PublishRequest{Topic: topic, Messages: []*pubsubpb.PubsubMessage{{Data: []byte(text)}}}); err != nil {
			t.Fatal(err)
		}
	}
}

// pull gives the texts of what is there, and their ids.
func (w wire) pull(t *testing.T) (texts, ids []string) {
	t.Helper()
	r, err := w.Pull(t.Context(), &pubsubpb.PullRequest{Subscription: sub, MaxMessages: 10, ReturnImmediately: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range r.GetReceivedMessages() {
		texts, ids = append(texts, string(m.GetMessage().GetData())), append(ids, m.GetAckId())
	}
	return texts, ids
}

func (w wire) acknowledge(t *testing.T, ids []string) {
	t.Helper()
	if _, err := w.Acknowledge(t.Context(), &pubsubpb.AcknowledgeRequest{Subscription: sub, AckIds: ids}); err != nil {
		t.Fatal(err)
	}
}

// TestMessages: what is published is got by one at a time, again after its time, and
// no more once it is acknowledged, which a restart does not change.
func TestMessages(t *testing.T) {
	t.Parallel()
	at := time.Unix(1e9, 0)
	dir, now := t.TempDir(), func() time.Time { return at }
	w := start(t, dir, now).made(t)
	w.publish(t, "one", "two")
	texts, first := w.pull(t)
	if !slices.Equal(texts, []string{"one", "two"}) {
		t.Fatalf("got %q", texts)
	}
	if again, _ := w.pull(t); len(again) != 0 {
		t.Errorf("two have the same messages: %q", again)
	}
	w.acknowledge(t, first[:1])
	at = at.Add(11 * time.Second)
	texts, second := w.pull(t)
	if !slices.Equal(texts, []string{"two"}) {
		t.Errorf("after its time: %q", texts)
	}
	w.acknowledge(t, first[1:]) // too late: it is somebody else's
	w = start(t, dir, now)
	if texts, _ = w.pull(t); !slices.Equal(texts, []string{"two"}) {
		t.Errorf("after a restart: %q", texts)
	}
	w.acknowledge(t, []string{second[0][:2] + "1"})
	if _, err := w.ModifyAckDeadline(t.Context(), &pubsubpb.ModifyAckDeadlineRequest{Subscription: sub, AckIds: []string{second[0][:2] + "1"}}); err != nil {
		t.Error(err)
	}
	if got, err := w.GetTopic(t.Context(), &pubsubpb.GetTopicRequest{Topic: topic}); err != nil || got.GetLabels()["a"] != "b" {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := w.DeleteTopic(t.Context(), &pubsubpb.DeleteTopicRequest{Topic: topic}); err != nil {
		t.Fatal(err)
	}
	got, err := w.GetSubscription(t.Context(), &pubsubpb.GetSubscriptionRequest{Subscription: sub})
	if err != nil || got.GetTopic() != "_deleted-topic_" || got.GetAckDeadlineSeconds() != 10 {
		t.Errorf("%v, %v", got, err)
	}
}

// TestPullWaits: a pull that finds nothing gets what comes.
func TestPullWaits(t *testing.T) {
	t.Parallel()
	w := start(t, t.TempDir(), nil).made(t)
	got := make(chan []byte)
	go func() {
		r, _ := w.Pull(context.WithoutCancel(t.Context()), &pubsubpb.PullRequest{Subscription: sub, MaxMessages: 1})
		for r != nil && len(r.GetReceivedMessages()) == 0 { // the machine was slow
			r, _ = w.Pull(context.WithoutCancel(t.Context()), &pubsubpb.PullRequest{Subscription: sub, MaxMessages: 1})
		}
		got <- r.GetReceivedMessages()[0].GetMessage().GetData()
	}()
	w.publish(t, "hello")
	if text := <-got; string(text) != "hello" {
		t.Errorf("got %q", text)
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	w := start(t, t.TempDir(), nil).made(t)
	ctx := t.Context()
	message := []*pubsubpb.PubsubMessage{{Data: []byte("x")}}
	for name, c := range map[string]struct {
		call func() error
		want codes.Code
	}{
		"a name": {func() error { _, err := w.CreateTopic(ctx, &pubsubpb.Topic{Name: "projects/p/topics/1a"}); return err }, codes.InvalidArgument},
		"Google's name": {func() error {
			_, err := w.CreateTopic(ctx, &pubsubpb.Topic{Name: "projects/p/topics/googly"})
			return err
		}, codes.InvalidArgument},
		"a topic again": {func() error { _, err := w.CreateTopic(ctx, &pubsubpb.Topic{Name: topic}); return err }, codes.AlreadyExists},
		"a schema": {func() error {
			_, err := w.CreateTopic(ctx, &pubsubpb.Topic{Name: topic + "2", SchemaSettings: &pubsubpb.SchemaSettings{}})
			return err
		}, codes.Unimplemented},
		"no topic": {func() error { _, err := w.GetTopic(ctx, &pubsubpb.GetTopicRequest{Topic: topic + "2"}); return err }, codes.NotFound},
		"to no topic": {func() error {
			_, err := w.Publish(ctx, &pubsubpb.PublishRequest{Topic: topic + "2", Messages: message})
			return err
		}, codes.NotFound},
		"no message": {func() error { _, err := w.Publish(ctx, &pubsubpb.PublishRequest{Topic: topic}); return err }, codes.InvalidArgument},
		"an empty message": {func() error {
			_, err := w.Publish(ctx, &pubsubpb.PublishRequest{Topic: topic, Messages: []*pubsubpb.PubsubMessage{{}}})
			return err
		}, codes.InvalidArgument},
		"of no topic": {func() error {
			_, err := w.CreateSubscription(ctx, &pubsubpb.Subscription{Name: sub + "2", Topic: topic + "2"})
			return err
		}, codes.NotFound},
		"a push": {func() error {
			_, err := w.CreateSubscription(ctx, &pubsubpb.Subscription{Name: sub + "2", Topic: topic, PushConfig: &pubsubpb.PushConfig{PushEndpoint: "https://x"}})
			return err
		}, codes.Unimplemented},
		"a short deadline": {func() error {
			_, err := w.CreateSubscription(ctx, &pubsubpb.Subscription{Name: sub + "2", Topic: topic, AckDeadlineSeconds: 9})
			return err
		}, codes.InvalidArgument},
		"a pull of nothing": {func() error { _, err := w.Pull(ctx, &pubsubpb.PullRequest{Subscription: sub}); return err }, codes.InvalidArgument},
		"a pull from nothing": {func() error {
			_, err := w.Pull(ctx, &pubsubpb.PullRequest{Subscription: sub + "2", MaxMessages: 1})
			return err
		}, codes.NotFound},
		"what is no ack id": {func() error {
			_, err := w.Acknowledge(ctx, &pubsubpb.AcknowledgeRequest{Subscription: sub, AckIds: []string{"x"}})
			return err
		}, codes.InvalidArgument},
		"a topic's name": {func() error {
			_, err := w.Pull(ctx, &pubsubpb.PullRequest{Subscription: topic, MaxMessages: 1})
			return err
		}, codes.InvalidArgument},
	} {
		if err := c.call(); status.Code(err) != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	l, err := w.ListTopics(ctx, &pubsubpb.ListTopicsRequest{Project: "projects/p", PageSize: 1})
	if err != nil || len(l.GetTopics()) != 1 || l.GetNextPageToken() != "" {
		t.Errorf("%v, %v", l, err)
	}
}
