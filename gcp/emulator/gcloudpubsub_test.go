package emulator_test

import "testing"

// TestGcloudPubSub: topics, what is published to them, and who may.
func TestGcloudPubSub(t *testing.T) {
	t.Parallel()
	_, g := judge(t, "roles/pubsub.editor")
	g.All(t, want{Command: "pubsub topics create news --labels=a=b", Has: []string{"Created topic [projects/my-project/topics/news]"}})
	g.All(t,
		want{Command: "pubsub subscriptions create reader --topic=news", Has: []string{"Created subscription [projects/my-project/subscriptions/reader]"}},
		want{Command: "pubsub topics list --format=value(name)", Has: []string{"projects/my-project/topics/news"}},
		want{Command: "pubsub topics get-iam-policy news", Has: []string{"pubsub.topics.getIamPolicy"}, Fails: true},
		want{Command: "pubsub topics publish none --message=x", Has: []string{"Resource not found (resource=none)."}, Fails: true},
	)
	g.All(t, want{Command: "pubsub topics publish news --message=hello --attribute=status=failed", Has: []string{"messageIds:"}})
	g.All(t, want{Command: "pubsub subscriptions pull reader --auto-ack --limit=10 --format=value(message.data.decode(base64),message.attributes.status)", Has: []string{"hello", "failed"}})
	g.All(t,
		want{Command: "pubsub subscriptions pull reader --format=json", Has: []string{"[]"}},
		want{Command: "pubsub topics delete news", Has: []string{"Deleted topic"}},
	)
	g.All(t,
		want{Command: "pubsub subscriptions describe reader", Has: []string{"topic: _deleted-topic_", "ackDeadlineSeconds: 10"}},
		want{Command: "pubsub topics describe news", Has: []string{"Resource not found"}, Fails: true},
	)
	_, g = judge(t, "roles/pubsub.admin")
	g.All(t, want{Command: "pubsub topics create news"})
	g.All(t, want{Command: "pubsub topics add-iam-policy-binding news --member=user:bob@example.com --role=roles/pubsub.publisher", Has: []string{"user:bob@example.com"}})
	g.All(t, want{Command: "pubsub topics get-iam-policy news", Has: []string{"roles/pubsub.publisher", "user:bob@example.com"}})
}
