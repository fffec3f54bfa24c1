package logging

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"cloud.google.com/go/logging/apiv2/loggingpb"
	"google.golang.org/genproto/googleapis/api/monitoredres"
	logtype "google.golang.org/genproto/googleapis/logging/type"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// builds keeps what builds logged: for each a file of lines, with its time before
// each.
type builds struct{ dir string }

func (b builds) path(project, id string) string { return filepath.Join(b.dir, project, id+".log") }

// BuildLog appends what is written to the log of a build. Lines are to be written
// whole.
func (s *Server) BuildLog(project, id string, now func() time.Time) (io.WriteCloser, error) {
	path := s.builds.path(project, id)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	return &stamped{f, now}, err
}

// ForgetBuild removes the log of a build, if it has one.
func (s *Server) ForgetBuild(project, id string) error {
	if err := os.Remove(s.builds.path(project, id)); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// stamped writes lines with their time.
type stamped struct {
	file *os.File // not embedded: it has ways to write of its own
	now  func() time.Time
}

func (w *stamped) Close() error { return w.file.Close() }

func (w *stamped) Write(p []byte) (int, error) {
	var out []byte
	at := w.now().UTC().Format(time.RFC3339Nano) + " "
	for line := range bytes.Lines(p) {
		out = append(append(append(out, at...), bytes.TrimSuffix(line, []byte{'\n'})...), '\n')
	}
	if _, err := w.file.Write(out); err != nil {
		return 0, err
	}
	return len(p), nil
}

// logs are those that q may want.
func (b builds) logs(project string, q query) (logs []log) {
	if !q.wants("resource.type", "build") {
		return nil
	}
	files, err := os.ReadDir(filepath.Join(b.dir, project))
	if err != nil {
		return nil // no build has logged
	}
	for _, f := range files {
		id, ok := strings.CutSuffix(f.Name(), ".log")
		if ok && q.wants("resource.labels.build_id", id) {
			logs = append(logs, func(int) ([]*loggingpb.LogEntry, bool, error) {
				entries, err := b.read(project, id)
				return entries, true, err
			})
		}
	}
	return logs
}

// read gives the entries of a build. What is behind the last newline is being
// written.
func (b builds) read(project, id string) (entries []*loggingpb.LogEntry, err error) {
	data, err := os.ReadFile(b.path(project, id))
	if err != nil {
		return nil, err
	}
	offset := 0
	for line := range bytes.Lines(data) {
		at, text, _ := bytes.Cut(bytes.TrimSuffix(line, []byte{'\n'}), []byte{' '})
		t, err := time.Parse(time.RFC3339Nano, string(at))
		if err == nil && line[len(line)-1] == '\n' {
			entries = append(entries, &loggingpb.LogEntry{
				LogName: "projects/" + project + "/logs/cloudbuild", Timestamp: timestamppb.New(t), Severity: logtype.LogSeverity_INFO,
				InsertId: fmt.Sprintf("%s-%012d", id[:min(8, len(id))], offset),
				Resource: &monitoredres.MonitoredResource{Type: "build", Labels: map[string]string{
					"project_id": project, "build_id": id, "build_trigger_id": "",
				}},
				Payload: &loggingpb.LogEntry_TextPayload{TextPayload: string(text)},
			})
		}
		offset += len(line)
	}
	return entries, nil
}
