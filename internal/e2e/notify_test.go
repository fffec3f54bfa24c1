package e2e

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/secretmanager"
	"github.com/gcpdeploy/gcpdeploy/internal/notify"
)

// told is a webhook and a topic with a reader.
type told struct {
	w     *world
	url   string
	mu    sync.Mutex
	posts []notify.Message
}

func (w *world) told(t *testing.T) *told {
	t.Helper()
	h := &told{w: w}
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var m notify.Message
		body, _ := io.ReadAll(r.Body)
		h.mu.Lock()
		defer h.mu.Unlock()
		if json.Unmarshal(body, &m) == nil {
			h.posts = append(h.posts, m)
		}
	}))
	t.Cleanup(s.Close)
	h.url = s.URL + "/canary-path"
	if _, err := secretmanager.New(w.access, project, region).Keep(t.Context(), "chat", []byte(h.url)); err != nil {
		t.Fatal(err)
	}
	h.pubsub(t, http.MethodPut, "topics/news", map[string]any{}, nil)
	h.pubsub(t, http.MethodPut, "subscriptions/reader", map[string]any{"topic": "projects/" + project + "/topics/news"}, nil)
	return h
}

func (h *told) pubsub(t *testing.T, method, path string, body, out any) {
	t.Helper()
	if err := gcp.NewJSON(h.w.access, gcp.PubSub).Call(t.Context(), "asking", method, "v1/projects/"+project+"/"+path, body, out); err != nil {
		t.Fatal(err)
	}
}

// heard gives the one message since it was last asked, which both got.
func (h *told) heard(t *testing.T) (m notify.Message) {
	t.Helper()
	var got struct {
		ReceivedMessages []struct {
			AckID   string
			Message struct {
				Data       []byte
				Attributes map[string]string
			}
		}
	}
	h.pubsub(t, http.MethodPost, "subscriptions/reader:pull", map[string]any{"maxMessages": 10, "returnImmediately": true}, &got)
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(got.ReceivedMessages) != 1 || len(h.posts) != 1 {
		t.Fatalf("the topic got %d messages, the webhook %d", len(got.ReceivedMessages), len(h.posts))
	}
	one := got.ReceivedMessages[0]
	h.pubsub(t, http.MethodPost, "subscriptions/reader:acknowledge", map[string]any{"ackIds": []string{one.AckID}}, nil)
	if err := json.Unmarshal(one.Message.Data, &m); err != nil || one.Message.Attributes["status"] != string(m.Status) || one.Message.Attributes["service"] != "hello" {
		t.Errorf("%v: %+v", err, one.Message)
	}
	if h.posts[0].ID != m.ID || h.posts[0].Text != m.Text {
		t.Errorf("the webhook got %+v, the topic %+v", h.posts[0], m)
	}
	h.posts = nil
	return m
}

// TestNotify: a refresh that fails is told to a topic and to a chat, once to each; one
// that promotes, or finds nothing, to those who want to hear of it.
func TestNotify(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	w.run(t.Context(), w.app).wait(t, 0)
	h := w.told(t)
	refresh := func(exit int, more ...string) string {
		t.Helper()
		words := append([]string{"wheels", "refresh", "--notify", "topic:news", "--notify", "webhook:chat"}, more...)
		said := w.command(t.Context(), w.of(words...)).text(t, exit)
		if strings.Contains(said, "canary") {
			t.Errorf("the webhook's URL is told:\n%s", said)
		}
		return said
	}
	refresh(0)                       // nothing to do, which nobody wants to hear of
	refresh(0, "--notify-on=change") // nor then
	refresh(0, "--notify-on=always")
	if m := h.heard(t); m.Status != notify.Unchanged || len(m.Builds) != 1 || m.Service != "hello" || m.Project != project || m.Region != region {
		t.Errorf("nothing to do: %+v", m)
	}

	w.newer(t, `{"packages":[{"name":"flask","version":"3.0.1","build_key":"b"}]}`)
	fail := filepath.Join(w.dir, "fail-test")
	if err := os.WriteFile(fail, []byte("1"), 0o600); err != nil {
		t.Fatal(err)
	}
	refresh(0, "--dry-run", "--notify-on=always")
	refresh(1)
	m := h.heard(t)
	if m.Status != notify.Failed || m.Step != "test" || !slices.Equal(m.Log, []string{"as the script says"}) || !strings.Contains(m.Error, "step test failed") || len(m.Builds) != 3 || m.URL == "" {
		t.Errorf("a test failed: %+v", m)
	}
	if want := []notify.Change{{Name: "flask", Old: "3.0.0", New: "3.0.1"}}; !slices.Equal(m.Changed, want) || !strings.Contains(m.Text, "• flask 3.0.0 → 3.0.1") {
		t.Errorf("what would have changed: %+v", m)
	}
	if err := os.Remove(fail); err != nil {
		t.Fatal(err)
	}
	if said := refresh(0, "--notify-on=change", "--notify", "topic:none"); !strings.Contains(said, "nobody was told by topic:none") || !strings.Contains(said, "tested, and in the next deploy") {
		t.Errorf("a message is lost:\n%s", said)
	}
	if m := h.heard(t); m.Status != notify.Promoted || m.Error != "" || len(m.Changed) != 1 || len(m.Log) != 0 {
		t.Errorf("promoted: %+v", m)
	}
}

// TestNotifySettings: whom the deployed app's settings name is told, also of what
// fails before a build; what is written wrongly is refused before anything.
func TestNotifySettings(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	h := w.told(t)
	file := filepath.Join(w.app, "gcpdeploy.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	settings := func(lines string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(string(text)+lines), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	settings("wheels:\n  notify:\n  - topic:news\n  - webhook:chat\n")
	w.command(t.Context(), w.of("wheels", "refresh")).text(t, 1)
	if m := h.heard(t); m.Status != notify.Failed || !strings.Contains(m.Error, "there are no wheels of these requirements to refresh") || m.Hint == "" || len(m.Builds) != 0 {
		t.Errorf("before the first deploy: %+v", m)
	}
	w.run(t.Context(), w.app).wait(t, 0)
	settings("") // what is deployed has them
	if err := os.WriteFile(filepath.Join(w.dir, "fail-resolve"), []byte("1"), 0o600); err != nil {
		t.Fatal(err)
	}
	w.command(t.Context(), w.of("wheels", "refresh")).text(t, 1)
	if m := h.heard(t); m.Step != "resolve" {
		t.Errorf("a step failed: %+v", m)
	}
	for line, want := range map[string]string{
		"wheels: {notify: [\"webhook:https://hooks.example.com/canary\"]}\n": "gcpdeploy.yaml:9:19",
		"wheels: {notify_on: never}\n":                                       "failure, change or always",
	} {
		settings(line)
		said := w.command(t.Context(), w.of("wheels", "refresh")).text(t, 2)
		if !strings.Contains(said, want) || strings.Contains(said, "canary") {
			t.Errorf("%s is refused so:\n%s", line, said)
		}
	}
}
