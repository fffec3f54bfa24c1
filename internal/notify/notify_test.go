package notify_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/notify"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]notify.Destination{
		"topic:news":                          {Topic: "projects/p/topics/news"},
		"topic:projects/other/topics/news":    {Topic: "projects/other/topics/news"},
		"webhook:chat":                        {Secret: "projects/p/secrets/chat", Version: "latest"},
		"webhook:chat:3":                      {Secret: "projects/p/secrets/chat", Version: "3"},
		"webhook:projects/o/secrets/c:latest": {Secret: "projects/o/secrets/c", Version: "latest"},
	} {
		if d, ok := notify.Parse(in); !ok || d.In("p") != want {
			t.Errorf("%s: %+v, %v", in, d, ok)
		}
	}
	for _, in := range []string{
		"", "news", "topic", "topic:", "topic:1a", "topic:googol", "topic:ab", "topic:a" + strings.Repeat("b", 255), "topic:projects/p/topics/goog-x", "topic:a/b", "topic:a b", "webhook:", "webhook:a b",
		"webhook:https://hooks.example.com/x", "webhook:chat:", "webhook:chat:0", "webhook:chat:newest", "mail:a@example.com", "topic:projects/p/subscriptions/abc",
	} {
		if d, ok := notify.Parse(in); ok {
			t.Errorf("%q is %+v", in, d)
		}
	}
}

func TestWants(t *testing.T) {
	t.Parallel()
	for when, want := range map[notify.When]string{notify.OnFailure: "failed", notify.OnChange: "failed promoted", notify.Always: "failed promoted nothing_to_do"} {
		var got []string
		for _, s := range []notify.Status{notify.Failed, notify.Promoted, notify.Unchanged} {
			if when.Wants(s) {
				got = append(got, string(s))
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %q", when, got)
		}
	}
}

// TestMessage: people read what happened, and programs have it in fields; neither
// has more of a log than its end.
func TestMessage(t *testing.T) {
	t.Parallel()
	m := notify.Message{Status: notify.Failed, Service: "hello", Project: "p", Region: "r", Error: "step test failed", Step: "test", URL: "https://console/1"}
	for n := range 30 {
		m.Log = append(m.Log, fmt.Sprint("line ", n))
		m.Changed = append(m.Changed, notify.Change{Name: fmt.Sprint("p", n), Old: "1", New: "2"})
	}
	m.Log = append(m.Log, strings.Repeat("ä", 400), "```\xff")
	m = m.Complete()
	for _, part := range []string{"the wheels of hello (p, r) failed", "step test failed", "• p9 1 → 2", "• and 20 more", "```\nline 12\n", "'''", "https://console/1"} {
		if !strings.Contains(m.Text, part) {
			t.Errorf("no %q in\n%s", part, m.Text)
		}
	}
	if len(m.Log) != 20 || len(m.Log[18]) > 510 || strings.Contains(m.Text, "line 11") {
		t.Errorf("the log is %q", m.Log)
	}
	var sent map[string]any
	if err := json.Unmarshal(m.JSON(), &sent); err != nil || sent["type"] != "wheels_refresh" || sent["status"] != "failed" || sent["step"] != "test" || len(sent["changed"].([]any)) != 30 {
		t.Errorf("%v: %s", err, m.JSON())
	}
	if text := (notify.Message{Status: notify.Unchanged, Service: "hello"}).Complete().Text; !strings.Contains(text, "are the newest") {
		t.Error(text)
	}
	for c, want := range map[notify.Change]string{{Name: "a", New: "1"}: "a 1 (new)", {Name: "a", Old: "1"}: "a 1 (gone)", {Name: "a", Old: "1", New: "1"}: "a 1 (built anew)"} {
		if c.String() != want {
			t.Errorf("%+v is %q", c, c)
		}
	}
}
