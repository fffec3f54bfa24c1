package logging_test

import (
	"fmt"
	"testing"
	"time"

	"cloud.google.com/go/logging/apiv2/loggingpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/logging"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/run"
)

// source has five lines of one service.
type source struct{}

func (source) Logs(service string, limit int) ([]run.LogLine, error) {
	if service != "projects/p/locations/l/services/s" {
		return nil, nil
	}
	var lines []run.LogLine
	for i := range 5 {
		lines = append(lines, run.LogLine{Time: time.Unix(int64(i), 0), Revision: "s-1", Stream: "stdout", Text: fmt.Sprint("line ", i)})
	}
	return lines[max(0, len(lines)-limit):], nil
}

const filter = `resource.type="cloud_run_revision" AND resource.labels.service_name="s" AND resource.labels.location="l"`

func TestListLogEntries(t *testing.T) {
	t.Parallel()
	s := logging.New(source{})
	r := &loggingpb.ListLogEntriesRequest{ResourceNames: []string{"projects/p"}, Filter: filter, OrderBy: "timestamp desc", PageSize: 2}
	got := ""
	for range 5 {
		page, err := s.ListLogEntries(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range page.GetEntries() {
			got += e.GetTextPayload() + ";"
			if e.GetResource().GetLabels()["revision_name"] != "s-1" {
				t.Errorf("labels %v", e.GetResource().GetLabels())
			}
		}
		if r.PageToken = page.GetNextPageToken(); r.PageToken == "" {
			break
		}
	}
	if want := "line 4;line 3;line 2;line 1;line 0;"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestListLogEntriesRefuses(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		r    *loggingpb.ListLogEntriesRequest
		want codes.Code
	}{
		"a filter it cannot read": {&loggingpb.ListLogEntriesRequest{ResourceNames: []string{"projects/p"}, Filter: filter + ` AND severity>=ERROR`}, codes.Unimplemented},
		"no service":              {&loggingpb.ListLogEntriesRequest{ResourceNames: []string{"projects/p"}, Filter: `resource.type="cloud_run_revision"`}, codes.Unimplemented},
		"no project":              {&loggingpb.ListLogEntriesRequest{Filter: filter}, codes.InvalidArgument},
		"a strange page":          {&loggingpb.ListLogEntriesRequest{ResourceNames: []string{"projects/p"}, Filter: filter, PageToken: "x"}, codes.InvalidArgument},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := logging.New(source{}).ListLogEntries(t.Context(), tt.r); status.Code(err) != tt.want {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
}
