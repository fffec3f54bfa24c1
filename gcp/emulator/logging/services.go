package logging

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"

	"cloud.google.com/go/logging/apiv2/loggingpb"
	"google.golang.org/genproto/googleapis/api/monitoredres"
	logtype "google.golang.org/genproto/googleapis/logging/type"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/container"
)

// Services has what the containers of services wrote.
type Services interface {
	// Logged are the full names of a project's services that have a log.
	Logged(project string) ([]string, error)
	// Logs gives the newest lines of one, at most limit, oldest first.
	Logs(service string, limit int) ([]container.Line, error)
}

// serviceLogs are the logs of services that q may want.
func (s *Server) serviceLogs(project string, q query) (logs []log) {
	if !q.wants("resource.type", "cloud_run_revision") {
		return nil
	}
	names, err := s.services.Logged(project)
	if err != nil {
		return []log{func(int) ([]*loggingpb.LogEntry, bool, error) { return nil, true, err }}
	}
	for _, name := range names {
		p := strings.Split(name, "/") // projects/P/locations/L/services/S
		location, service := p[3], p[5]
		if !q.wants("resource.labels.location", location) || !q.wants("resource.labels.service_name", service) {
			continue
		}
		logs = append(logs, func(n int) (entries []*loggingpb.LogEntry, all bool, err error) {
			lines, err := s.services.Logs(name, n)
			twins := map[string]int{} // lines of the same moment and text
			for _, l := range lines {
				e := lineEntry(project, location, service, l)
				twins[e.InsertId]++
				e.InsertId = fmt.Sprint(e.InsertId, "-", twins[e.InsertId])
				entries = append(entries, e)
			}
			return entries, len(lines) < n, err
		})
	}
	return logs
}

// lineEntry is a line of a container as Cloud Run hands it on.
func lineEntry(project, location, service string, l container.Line) *loggingpb.LogEntry {
	name := l.Stream
	e := &loggingpb.LogEntry{
		Timestamp: timestamppb.New(l.Time),
		InsertId:  fmt.Sprintf("%x", sha256.Sum256(fmt.Append(nil, l.Revision, " ", l.Stream, " ", l.Time.UnixNano(), " ", l.Text)))[:20],
		Resource: &monitoredres.MonitoredResource{Type: "cloud_run_revision", Labels: map[string]string{
			"project_id": project, "service_name": service, "location": location, "revision_name": l.Revision, "configuration_name": service,
		}},
		Payload: &loggingpb.LogEntry_TextPayload{TextPayload: l.Text},
	}
	if l.Stream == "system" {
		name, e.Severity = "varlog%2Fsystem", logtype.LogSeverity_ERROR
	}
	e.LogName = "projects/" + project + "/logs/run.googleapis.com%2F" + name
	structured(e, l.Text)
	return e
}

// structured reads a line that is a JSON object: its severity is the entry's, and
// a message that is alone is text (cloud.google.com/run/docs/logging).
func structured(e *loggingpb.LogEntry, line string) {
	var fields map[string]any
	if !strings.HasPrefix(line, "{") || json.Unmarshal([]byte(line), &fields) != nil {
		return
	}
	if name, ok := fields["severity"].(string); ok {
		if v, ok := logtype.LogSeverity_value[strings.ToUpper(name)]; ok {
			e.Severity = logtype.LogSeverity(v)
			delete(fields, "severity")
		}
	}
	if text, ok := fields["message"].(string); ok && len(fields) == 1 {
		e.Payload = &loggingpb.LogEntry_TextPayload{TextPayload: text}
		return
	}
	if payload, err := structpb.NewStruct(fields); err == nil {
		e.Payload = &loggingpb.LogEntry_JsonPayload{JsonPayload: payload}
	}
}
