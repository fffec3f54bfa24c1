package notify_test

import (
	"context"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"google.golang.org/grpc/codes"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	emupubsub "github.com/gcpdeploy/gcpdeploy/gcp/emulator/pubsub"
	"github.com/gcpdeploy/gcpdeploy/gcp/notify"
	"github.com/gcpdeploy/gcpdeploy/gcp/secretmanager"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	to "github.com/gcpdeploy/gcpdeploy/internal/notify"
)

// world is emulators, and what a sender calls them through.
type world struct {
	*emulator.Server
	access *gcp.Access
	send   *notify.Sender
}

func start(t *testing.T) world {
	t.Helper()
	s, err := emulator.Start(context.WithoutCancel(t.Context()), emulator.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close(context.Background()) })
	a := gcp.New(gcp.Config{Endpoints: gcp.Endpoints{Base: s.URL()}, TokenFile: s.TokenFile()})
	t.Cleanup(func() { _ = a.Close() })
	return world{s, a, notify.New(a)}
}

// call asks the emulators as any client does.
func (w world) call(t *testing.T, method, path string, body, out any) {
	t.Helper()
	if err := gcp.NewJSON(w.access, gcp.PubSub).Call(t.Context(), "asking", method, path, body, out); err != nil {
		t.Fatal(err)
	}
}

// TestTopic: a message comes whole, with attributes to filter by, though the first
// try fails.
func TestTopic(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.call(t, http.MethodPut, "v1/projects/p/topics/news", map[string]any{}, nil)
	w.call(t, http.MethodPut, "v1/projects/p/subscriptions/reader", map[string]any{"topic": "projects/p/topics/news"}, nil)
	emulator.Get[*emupubsub.Server](w.Server).Faults.Fail("Publish", 1, codes.Unavailable)
	if err := w.send.Send(t.Context(), to.Destination{Topic: "projects/p/topics/news"}, []byte(`{"a":1}`), map[string]string{"status": "failed"}); err != nil {
		t.Fatal(err)
	}
	var got struct {
		ReceivedMessages []struct {
			Message struct {
				Data       string
				Attributes map[string]string
			}
		}
	}
	w.call(t, http.MethodPost, "v1/projects/p/subscriptions/reader:pull", map[string]any{"maxMessages": 10, "returnImmediately": true}, &got)
	if len(got.ReceivedMessages) != 1 || got.ReceivedMessages[0].Message.Data != base64.StdEncoding.EncodeToString([]byte(`{"a":1}`)) || got.ReceivedMessages[0].Message.Attributes["status"] != "failed" {
		t.Errorf("%+v", got)
	}
	err := w.send.Send(t.Context(), to.Destination{Topic: "projects/p/topics/none"}, []byte(`{}`), nil)
	if errs.KindOf(err) != errs.NotFound || !strings.Contains(err.Error(), "projects/p/topics/none") {
		t.Errorf("no topic: %v", err)
	}
}

// chat is a webhook that answers with some statuses in turn, and 200 after them.
type chat struct {
	mu       sync.Mutex
	statuses []int
	got      []string
}

func (c *chat) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.got = append(c.got, r.Method+" "+r.URL.Path+" "+r.Header.Get("Content-Type")+" "+string(body))
	if len(c.statuses) > 0 {
		if c.statuses[0] == 302 {
			w.Header().Set("Location", "/elsewhere")
		}
		w.WriteHeader(c.statuses[0])
		c.statuses = c.statuses[1:]
	}
}

// TestWebhook: a webhook gets the JSON, again where it has no time, and nobody is
// told its URL.
func TestWebhook(t *testing.T) {
	t.Parallel()
	w := start(t)
	secrets := secretmanager.New(w.access, "p", "europe-west1")
	const path = "/services/canary-path"
	for name, c := range map[string]struct {
		statuses []int
		value    string // of the secret; "" = the webhook's URL
		posts    int
		fails    string
	}{
		"well":          {posts: 1},
		"busy":          {statuses: []int{429, 503}, posts: 3},
		"gone":          {statuses: []int{404}, posts: 1, fails: "answers 404 Not Found"},
		"moved":         {statuses: []int{302}, posts: 1, fails: "answers 302 Found"},
		"no-url":        {value: "hooks.example.com" + path, fails: "its value is no URL of a webhook"},
		"not-encrypted": {value: "http://hooks.example.com" + path, fails: "its value is no URL of a webhook"},
		"nobody":        {value: "http://127.0.0.1:1" + path, fails: "it cannot be reached"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			hook := &chat{statuses: c.statuses}
			s := httptest.NewServer(hook)
			t.Cleanup(s.Close)
			value := c.value
			if value == "" {
				value = s.URL + path + "\n"
			}
			if _, err := secrets.Keep(t.Context(), name, []byte(value)); err != nil {
				t.Fatal(err)
			}
			err := w.send.Send(t.Context(), to.Destination{Secret: "projects/p/secrets/" + name, Version: "latest"}, []byte(`{"text":"hello"}`), nil)
			if c.fails == "" && err != nil || c.fails != "" && (err == nil || !strings.Contains(err.Error(), c.fails) || !strings.Contains(err.Error(), name)) {
				t.Errorf("%v, want %q", err, c.fails)
			}
			if said := errs.HintOf(err); err != nil && (strings.Contains(err.Error()+said, "canary") || strings.Contains(err.Error()+said, "127.0.0.1") || strings.Contains(err.Error(), "example.com")) {
				t.Errorf("the URL is told: %v (%s)", err, said)
			}
			if len(hook.got) != c.posts {
				t.Fatalf("%d posts, want %d: %q", len(hook.got), c.posts, hook.got)
			}
			for _, got := range hook.got {
				if got != "POST "+path+` application/json; charset=utf-8 {"text":"hello"}` {
					t.Errorf("it got %q", got)
				}
			}
		})
	}
	t.Run("no secret", func(t *testing.T) {
		t.Parallel()
		err := w.send.Send(t.Context(), to.Destination{Secret: "projects/p/secrets/none", Version: "latest"}, []byte(`{}`), nil)
		if errs.KindOf(err) != errs.NotFound || !strings.Contains(err.Error(), "projects/p/secrets/none") {
			t.Errorf("%v", err)
		}
	})
}
