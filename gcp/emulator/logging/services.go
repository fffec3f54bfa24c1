package logging

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"strings"

	"cloud.google.com/go/logging/apiv2/loggingpb"
	"google.golang.org/genproto/googleapis/api/monitoredres"
	logtype "google.golang.org/genproto/googleapis/logging/type"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/container"
)

// Source has what the containers of a project's services wrote.
type Source interface {
	Written(project string) ([]container.Written, error)
}

// serviceLogs are the logs of services that q may want.
func (s *Server) serviceLogs(project string, q query) (logs []log) {
	for _, from := range s.sources {
		all, err := from.Written(project)
		if err != nil {
			return []log{func(int) ([]*loggingpb.LogEntry, bool, error) { return nil, true, err }}
		}
		for _, w := range all {
			if !wanted(w, q) {
				continue
			}
			logs = append(logs, func(n int) (entries []*loggingpb.LogEntry, all bool, err error) {
				lines := w.Lines(n)
				twins := map[string]int{} // lines of the same moment and text
				for _, l := range lines {
					e := lineEntry(project, w, l)
					twins[e.InsertId]++
					e.InsertId = fmt.Sprint(e.InsertId, "-", twins[e.InsertId])
					entries = append(entries, e)
				}
				return entries, len(lines) < n, nil
			})
		}
	}
	return logs
}

func wanted(w container.Written, q query) bool {
	for name, value := range w.Labels {
		if !q.wants("resource.labels."+name, value) {
			return false
		}
	}
	return q.wants("resource.type", w.Kind)
}

// lineEntry is a line of a container as the service hands it on.
func lineEntry(project string, w container.Written, l container.Line) *loggingpb.LogEntry {
	e := &loggingpb.LogEntry{
		Timestamp: timestamppb.New(l.Time),
		InsertId:  fmt.Sprintf("%x", sha256.Sum256(fmt.Append(nil, l.Revision, " ", l.Stream, " ", l.Time.UnixNano(), " ", l.Text)))[:20],
		Resource:  &monitoredres.MonitoredResource{Type: w.Kind, Labels: maps.Clone(w.Labels)},
		Payload:   &loggingpb.LogEntry_TextPayload{TextPayload: l.Text},
		LogName:   "projects/" + project + "/logs/" + w.Log(l.Stream),
	}
	if w.Revision != "" {
		e.Resource.Labels[w.Revision] = l.Revision
	}
	if w.Entry != nil {
		e.Labels = w.Entry(l.Revision)
	}
	switch l.Stream {
	case container.Requests:
		request(e, project, l.Text)
	case container.System:
		e.Severity = logtype.LogSeverity_ERROR
	default:
		structured(e, project, l.Text)
	}
	return e
}

// request makes the entry one of a request, of which it is the line. It has no payload.
func request(e *loggingpb.LogEntry, project, line string) {
	var r container.Request
	if json.Unmarshal([]byte(line), &r) != nil {
		return
	}
	e.Payload, e.Trace, e.SpanId = nil, "projects/"+project+"/traces/"+r.Trace, r.Span
	switch {
	case r.Status >= 500:
		e.Severity = logtype.LogSeverity_ERROR
	case r.Status >= 400:
		e.Severity = logtype.LogSeverity_WARNING
	default:
		e.Severity = logtype.LogSeverity_INFO
	}
	e.HttpRequest = &logtype.HttpRequest{
		RequestMethod: r.Method, RequestUrl: r.URL, RequestSize: r.Size, Status: int32(r.Status), ResponseSize: r.Answer,
		UserAgent: r.Agent, RemoteIp: r.Remote, Latency: durationpb.New(r.Latency), Protocol: r.Protocol,
	}
}

// structured reads a line that is a JSON object: its severity, trace, span and labels
// are the entry's, and a message that is alone is text (cloud.google.com/run/docs/logging,
// cloud.google.com/logging/docs/structured-logging).
func structured(e *loggingpb.LogEntry, project, line string) {
	var fields map[string]any
	if !strings.HasPrefix(line, "{") || json.Unmarshal([]byte(line), &fields) != nil {
		return
	}
	take := func(name string, use func(text string) bool) {
		if text, ok := fields[name].(string); ok && use(text) {
			delete(fields, name)
		}
	}
	take("severity", func(name string) bool {
		v, ok := logtype.LogSeverity_value[strings.ToUpper(name)]
		if ok {
			e.Severity = logtype.LogSeverity(v)
		}
		return ok
	})
	take("logging.googleapis.com/trace", func(trace string) bool {
		if !strings.Contains(trace, "/") {
			trace = "projects/" + project + "/traces/" + trace
		}
		e.Trace = trace
		return true
	})
	take("logging.googleapis.com/spanId", func(span string) bool { e.SpanId = span; return true })
	if labels, ok := fields["logging.googleapis.com/labels"].(map[string]any); ok {
		e.Labels = map[string]string{}
		for name, value := range labels {
			e.Labels[name] = fmt.Sprint(value)
		}
		delete(fields, "logging.googleapis.com/labels")
	}
	if text, ok := fields["message"].(string); ok && len(fields) == 1 {
		e.Payload = &loggingpb.LogEntry_TextPayload{TextPayload: text}
		return
	}
	if payload, err := structpb.NewStruct(fields); err == nil {
		e.Payload = &loggingpb.LogEntry_JsonPayload{JsonPayload: payload}
	}
}
