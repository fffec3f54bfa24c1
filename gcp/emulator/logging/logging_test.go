package logging_test

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/logging/apiv2/loggingpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/container"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/logging"
)

// services have five lines each, in s also one of JSON.
type services struct{}

func (services) Written(project string) (all []container.Written, err error) {
	for _, name := range []string{"s", "other"} {
		all = append(all, container.Written{
			Kind: "cloud_run_revision", Revision: "revision_name",
			Labels: map[string]string{"project_id": project, "service_name": name, "location": "l", "configuration_name": name},
			Log:    func(stream string) string { return "run.googleapis.com%2F" + stream },
			Lines:  func(limit int) []container.Line { return lines(name, limit) },
		})
	}
	return all, nil
}

func lines(s string, limit int) (lines []container.Line) {
	for i := range 5 {
		lines = append(lines, container.Line{Time: time.Unix(int64(i), 0), Revision: fmt.Sprint(s, "-", i/3+1), Stream: "stdout", Text: fmt.Sprint(s, " ", i)})
	}
	if s == "s" {
		lines = append(lines, container.Line{Time: time.Unix(5, 0), Revision: "s-2", Stream: "stderr", Text: `{"severity":"error","message":"s fails"}`})
		lines = append(lines, asked(6, "/ok", 200, 20*time.Millisecond), asked(7, "/broken", 500, 2*time.Second),
			container.Line{Time: time.Unix(8, 0), Revision: "s-2", Stream: "stdout", Text: `{"message":"s knows its request","logging.googleapis.com/trace":"projects/p/traces/7","logging.googleapis.com/labels":{"a":"b"}}`})
	}
	return lines[max(0, len(lines)-limit):]
}

// asked is a request to s, of a trace that is called as the second it came in.
func asked(second int64, path string, status int, took time.Duration) container.Line {
	text, _ := json.Marshal(container.Request{Method: "GET", URL: "http://s" + path, Status: status, Latency: took, Trace: fmt.Sprint(second)})
	return container.Line{Time: time.Unix(second, 0), Revision: "s-2", Stream: container.Requests, Text: string(text)}
}

// server has two builds beside the services.
func server(t *testing.T) *logging.Server {
	t.Helper()
	s := logging.New([]logging.Source{services{}}, t.TempDir())
	at := time.Unix(10, 0)
	for _, id := range []string{"b1", "b2"} {
		w, err := s.BuildLog("p", id, func() time.Time { at = at.Add(time.Second); return at })
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{"one\ntwo\n", "three\n"} {
			if _, err := io.WriteString(w, id+" "+text); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// list gives the texts of all pages of a list.
func list(t *testing.T, s *logging.Server, filter, order string, size int32) string {
	t.Helper()
	r := &loggingpb.ListLogEntriesRequest{ResourceNames: []string{"projects/p"}, Filter: filter, OrderBy: order, PageSize: size}
	var texts []string
	ids := map[string]bool{}
	for {
		page, err := s.ListLogEntries(t.Context(), r)
		if err != nil {
			t.Fatalf("%s: %v", filter, err)
		}
		for _, e := range page.GetEntries() {
			text := e.GetTextPayload()
			if r := e.GetHttpRequest(); r != nil {
				text = fmt.Sprint(r.GetRequestUrl(), " ", r.GetStatus())
			}
			texts = append(texts, text)
			if e.GetInsertId() == "" || ids[e.GetInsertId()] {
				t.Errorf("%s: the insert ID %q of %q is no entry's own", filter, e.GetInsertId(), e.GetTextPayload())
			}
			ids[e.GetInsertId()] = true
		}
		if r.PageToken = page.GetNextPageToken(); r.PageToken == "" {
			return strings.Join(texts, "; ")
		}
	}
}

func TestListLogEntries(t *testing.T) {
	t.Parallel()
	const s = `resource.type="cloud_run_revision" AND resource.labels.service_name="s" AND resource.labels.location="l"`
	srv := server(t)
	for _, tt := range []struct {
		filter, order string
		want          string
	}{
		{s, "timestamp desc", "s knows its request; http://s/broken 500; http://s/ok 200; s fails; s 4; s 3; s 2; s 1; s 0"},
		{s + ` AND resource.labels.revision_name="s-2"`, "", "s 3; s 4; s fails; http://s/ok 200; http://s/broken 500; s knows its request"},
		{s + ` AND severity>=ERROR`, "timestamp asc", "s fails; http://s/broken 500"},
		{s + ` AND timestamp>="1970-01-01T00:00:03Z"`, "timestamp asc", "s 3; s 4; s fails; http://s/ok 200; http://s/broken 500; s knows its request"},
		{s + ` AND NOT textPayload:"S 4" AND (textPayload="s 3" OR textPayload=~"^s fa")`, "", "s 3; s fails"},
		{`resource.type=cloud_run_revision textPayload="other 1"`, "", "other 1"},
		{`resource.type="build" AND resource.labels.build_id="b2" AND logName="projects/p/logs/cloudbuild"`, "timestamp asc", "b2 one; two; b2 three"},
		{`resource.labels.build_id=("b3" OR "b2") AND logName=("projects/p/logs/other" OR "projects/p/logs/cloudbuild")`, "timestamp asc", "b2 one; two; b2 three"},
		{`resource.type="build"`, "timestamp desc", "b2 three; two; b2 one; b1 three; two; b1 one"},
		{`resource.type="build" timestamp>"1970-01-01T00:00:12Z"`, "", "b2 one; two; b2 three"},
		{s + ` AND httpRequest:*`, "", "http://s/ok 200; http://s/broken 500"},
		{s + ` AND httpRequest.status>=500 AND httpRequest.status<=599`, "", "http://s/broken 500"},
		{s + ` AND httpRequest.latency<"0.5s"`, "", "http://s/ok 200"},
		{s + ` AND logName="projects/p/logs/run.googleapis.com%2Frequests"`, "", "http://s/ok 200; http://s/broken 500"},
		{s + ` AND trace="projects/p/traces/7"`, "", "http://s/broken 500; s knows its request"},
		{`resource.type="gce_instance"`, "", ""},
		{`severity=ERROR OR textPayload="b1 one"`, "", "s fails; http://s/broken 500; b1 one"},
	} {
		for _, size := range []int32{0, 2} {
			if got := list(t, srv, tt.filter, tt.order, size); got != tt.want {
				t.Errorf("%s, pages of %d:\n got %s\nwant %s", tt.filter, size, got, tt.want)
			}
		}
	}
	if err := srv.ForgetBuild("p", "b1"); err != nil {
		t.Fatal(err)
	}
	if got := list(t, srv, `resource.type="build" resource.labels.build_id="b1"`, "", 0); got != "" {
		t.Errorf("a forgotten build has %s", got)
	}
}

// TestListLogEntriesRefuses: what the emulator cannot evaluate is refused, not
// ignored.
func TestListLogEntriesRefuses(t *testing.T) {
	t.Parallel()
	request := func(filter string) *loggingpb.ListLogEntriesRequest {
		return &loggingpb.ListLogEntriesRequest{ResourceNames: []string{"projects/p"}, Filter: filter}
	}
	for name, tt := range map[string]struct {
		r    *loggingpb.ListLogEntriesRequest
		want codes.Code
	}{
		"a field it has not":    {request(`httpRequest.referer=x`), codes.Unimplemented},
		"a latency in words":    {request(`httpRequest.latency>"long"`), codes.InvalidArgument},
		"a word alone":          {request(`hello`), codes.InvalidArgument},
		"a function":            {request(`log_id("cloudbuild")`), codes.InvalidArgument},
		"an unknown severity":   {request(`severity=LOUD`), codes.InvalidArgument},
		"a strange time":        {request(`timestamp>"yesterday"`), codes.InvalidArgument},
		"an order of a text":    {request(`textPayload>"a"`), codes.InvalidArgument},
		"no project":            {&loggingpb.ListLogEntriesRequest{}, codes.InvalidArgument},
		"a way out":             {&loggingpb.ListLogEntriesRequest{ResourceNames: []string{"projects/../x"}}, codes.InvalidArgument},
		"a strange page":        {&loggingpb.ListLogEntriesRequest{ResourceNames: []string{"projects/p"}, PageToken: "x"}, codes.InvalidArgument},
		"an order it has not":   {&loggingpb.ListLogEntriesRequest{ResourceNames: []string{"projects/p"}, OrderBy: "severity"}, codes.InvalidArgument},
		"a page behind the end": {&loggingpb.ListLogEntriesRequest{ResourceNames: []string{"projects/p"}, PageToken: "1000"}, codes.InvalidArgument},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := server(t).ListLogEntries(t.Context(), tt.r); status.Code(err) != tt.want {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
}
