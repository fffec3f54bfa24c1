package rights

import "github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"

// Service is the policies for the frame, and for the services that have resources.
func Service(f frame.Frame) (frame.Service, error) {
	s, err := Open(f.Dir, f.Projects, f.Log)
	return frame.Service{Server: s}, err
}
