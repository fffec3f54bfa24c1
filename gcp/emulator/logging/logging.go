// Package logging emulates as much of Cloud Logging as reading a Cloud Run
// service's log takes: ListLogEntries with a filter on the service. It keeps no
// entries itself; it asks the Cloud Run emulator for what containers wrote.
package logging

import (
	"context"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"cloud.google.com/go/logging/apiv2/loggingpb"
	"google.golang.org/genproto/googleapis/api/monitoredres"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/run"
)

// Source has the newest lines that a service's containers wrote, at most limit,
// oldest first.
type Source interface {
	Logs(service string, limit int) ([]run.LogLine, error)
}

// Server is the emulator.
type Server struct {
	loggingpb.UnimplementedLoggingServiceV2Server
	source Source
}

// New makes a Server over a source.
func New(s Source) *Server { return &Server{source: s} }

var _ loggingpb.LoggingServiceV2Server = (*Server)(nil)

// Register puts the service on a gRPC server.
func (s *Server) Register(g *grpc.Server) { loggingpb.RegisterLoggingServiceV2Server(g, s) }

var term = regexp.MustCompile(`^(resource\.type|resource\.labels\.service_name|resource\.labels\.location)\s*=\s*"([^"\\]*)"$`)

// ListLogEntries gives the entries of one service. It reads filters that join
// resource.type, service_name and location with AND, and refuses others.
func (s *Server) ListLogEntries(_ context.Context, r *loggingpb.ListLogEntriesRequest) (*loggingpb.ListLogEntriesResponse, error) {
	terms := map[string]string{}
	for _, t := range strings.Split(r.GetFilter(), " AND ") {
		m := term.FindStringSubmatch(strings.TrimSpace(t))
		if m == nil {
			return nil, status.Errorf(codes.Unimplemented, "the emulator cannot evaluate the filter %q", t)
		}
		terms[m[1]] = m[2]
	}
	service, location := terms["resource.labels.service_name"], terms["resource.labels.location"]
	if len(r.GetResourceNames()) != 1 || !strings.HasPrefix(r.GetResourceNames()[0], "projects/") {
		return nil, status.Error(codes.InvalidArgument, "resource_names must name one project")
	}
	if terms["resource.type"] != "cloud_run_revision" || service == "" || location == "" {
		return nil, status.Error(codes.Unimplemented, "the emulator has logs of Cloud Run services only, by name and location")
	}
	start, size, err := pageOf(r)
	if err != nil {
		return nil, err
	}
	desc, limit := strings.HasSuffix(r.GetOrderBy(), "desc"), math.MaxInt
	if desc {
		limit = start + size + 1 // and whether there are more
	}
	lines, err := s.source.Logs(r.GetResourceNames()[0]+"/locations/"+location+"/services/"+service, limit)
	if err != nil {
		return nil, err
	}
	if desc {
		slices.Reverse(lines)
	}
	if start > len(lines) {
		return nil, errPage
	}
	return answer(lines, start, size, service, location, r.GetResourceNames()[0]), nil
}

var errPage = status.Error(codes.InvalidArgument, "page_token is not valid")

// pageOf is where a page begins, and how many entries are on it.
func pageOf(r *loggingpb.ListLogEntriesRequest) (start, size int, err error) {
	if t := r.GetPageToken(); t != "" {
		if start, err = strconv.Atoi(t); err != nil || start < 0 || start > math.MaxInt32 {
			return 0, 0, errPage
		}
	}
	if size = int(r.GetPageSize()); size <= 0 || size > 1000 {
		size = 50
	}
	return start, size, nil
}

// maxAnswer ends a page early: lines may be long.
const maxAnswer = 4 << 20

func answer(lines []run.LogLine, start, size int, service, location, project string) *loggingpb.ListLogEntriesResponse {
	bytes, end := 0, start
	res := &loggingpb.ListLogEntriesResponse{}
	for ; end < min(start+size, len(lines)) && bytes < maxAnswer; end++ {
		l := lines[end]
		bytes += len(l.Text)
		res.Entries = append(res.Entries, &loggingpb.LogEntry{
			LogName:   project + "/logs/run.googleapis.com%2F" + l.Stream,
			Timestamp: timestamppb.New(l.Time),
			Resource: &monitoredres.MonitoredResource{Type: "cloud_run_revision", Labels: map[string]string{
				"service_name": service, "location": location, "revision_name": l.Revision,
			}},
			Payload: &loggingpb.LogEntry_TextPayload{TextPayload: l.Text},
		})
	}
	if end < len(lines) {
		res.NextPageToken = strconv.Itoa(end)
	}
	return res
}
