package scheduler

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

var (
	placeName = regexp.MustCompile(`^projects/[A-Za-z0-9.:-]+/locations/[a-z0-9-]+$`)
	// Source: the proto's comment on Job.name.
	jobName = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^(projects/[A-Za-z0-9.:-]+/locations/[a-z0-9-]+)/jobs/[A-Za-z0-9_-]{1,500}$`)
	})
)

func checkPlace(parent string) error {
	if !placeName.MatchString(parent) {
		return invalid("Invalid resource field value in the request: %.200q is not projects/*/locations/*", parent)
	}
	return nil
}

func checkName(name string) error {
	if !jobName().MatchString(name) {
		return invalid("Job name must be formatted: \"projects/<PROJECT_ID>/locations/<LOCATION_ID>/jobs/<JOB_ID>\", not %.200q", name)
	}
	return nil
}

// placeOf is the place of a job, and projectOf its project.
func placeOf(name string) string { return jobName().FindStringSubmatch(name)[1] }

func projectOf(name string) string { return strings.Split(name, "/")[1] }

// locations are where a project has jobs.
func (s *Server) locations(project string) (all []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for name := range s.jobs {
		if parts := strings.Split(name, "/"); parts[1] == project {
			all = append(all, parts[3])
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func invalid(format string, args ...any) error {
	return status.Errorf(codes.InvalidArgument, format, args...)
}
