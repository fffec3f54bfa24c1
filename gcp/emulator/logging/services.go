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
	for _, from := range s.services {
		names, err := from.Logged(project)
		if err != nil {
			return []log{func(int) ([]*loggingpb.LogEntry, bool, error) { return nil, true, err }}
		}
		for _, name := range names {
			as := platformOf(name)
			if !as.wanted(q) {
				continue
			}
			logs = append(logs, func(n int) (entries []*loggingpb.LogEntry, all bool, err error) {
				lines, err := from.Logs(name, n)
				twins := map[string]int{} // lines of the same moment and text
				for _, l := range lines {
					e := as.entry(project, l)
					twins[e.InsertId]++
					e.InsertId = fmt.Sprint(e.InsertId, "-", twins[e.InsertId])
					entries = append(entries, e)
				}
				return entries, len(lines) < n, err
			})
		}
	}
	return logs
}

// platform is how entries of a service are told apart from others.
type platform struct {
	resource string            // its type
	labels   map[string]string // those of the service
	revision string            // the label of a revision
	logs     string            // what the names of its logs begin with
	system   string            // the log of what the platform itself says
}

// platformOf is that of a service by its full name.
func platformOf(name string) platform {
	p := strings.Split(name, "/")
	if p[0] == "apps" { // apps/P/services/S
		return platform{resource: "gae_app", labels: map[string]string{"module_id": p[3]}, revision: "version_id", logs: "appengine.googleapis.com%2F", system: "crash.log"}
	}
	return platform{ // projects/P/locations/L/services/S
		resource: "cloud_run_revision", labels: map[string]string{"location": p[3], "service_name": p[5], "configuration_name": p[5]}, revision: "revision_name",
		logs: "run.googleapis.com%2F", system: "varlog%2Fsystem",
	}
}

// wanted says whether a query may let entries of the service through.
func (p platform) wanted(q query) bool {
	for label, value := range p.labels {
		if !q.wants("resource.labels."+label, value) {
			return false
		}
	}
	return q.wants("resource.type", p.resource)
}

// entry is a line of a container as the platform hands it on.
func (p platform) entry(project string, l container.Line) *loggingpb.LogEntry {
	name := l.Stream
	e := &loggingpb.LogEntry{
		Timestamp: timestamppb.New(l.Time),
		InsertId:  fmt.Sprintf("%x", sha256.Sum256(fmt.Append(nil, p.resource, p.labels, l.Revision, " ", l.Stream, " ", l.Time.UnixNano(), " ", l.Text)))[:20],
		Resource:  &monitoredres.MonitoredResource{Type: p.resource, Labels: map[string]string{"project_id": project, p.revision: l.Revision}},
		Payload:   &loggingpb.LogEntry_TextPayload{TextPayload: l.Text},
	}
	maps.Copy(e.Resource.Labels, p.labels)
	if l.Stream == container.System {
		name, e.Severity = p.system, logtype.LogSeverity_ERROR
	}
	e.LogName = "projects/" + project + "/logs/" + p.logs + name
	structured(e, l.Text)
	return e
}

// structured reads a line that is a JSON object: its severity is the entry's, and
// a message that is alone is text (cloud.google.com/run/docs/logging,
// cloud.google.com/appengine/docs/flexible/writing-application-logs).
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
