package emulator

import (
	"fmt"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// twice are the methods without REST: Google has these deprecated ones on another
// host than those that took their paths.
var twice = map[protoreflect.FullName]bool{"google.iam.admin.v1.IAM.SignBlob": true, "google.iam.admin.v1.IAM.SignJwt": true}

// schemaOf is a gRPC service as REST shows it. The files are those that have more
// fields than their Go types.
func schemaOf(service string, files []protoreflect.FileDescriptor) (protoreflect.ServiceDescriptor, error) {
	d, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(service))
	if err != nil {
		return nil, err
	}
	sd, ok := d.(protoreflect.ServiceDescriptor)
	if !ok {
		return nil, fmt.Errorf("%s is no service", service)
	}
	for _, f := range files {
		if f.Path() == sd.ParentFile().Path() {
			sd = f.Services().ByName(sd.Name())
		}
	}
	shown := shownMethods{MethodDescriptors: sd.Methods()}
	for i := range sd.Methods().Len() {
		if m := sd.Methods().Get(i); !twice[m.FullName()] {
			shown.all = append(shown.all, m)
		}
	}
	return schema{sd, shown}, nil
}

// schema is a service with fewer methods.
type schema struct {
	protoreflect.ServiceDescriptor
	shown shownMethods
}

// Methods are those that are shown.
func (s schema) Methods() protoreflect.MethodDescriptors { return s.shown }

type shownMethods struct {
	protoreflect.MethodDescriptors
	all []protoreflect.MethodDescriptor
}

// Len is how many there are.
func (m shownMethods) Len() int { return len(m.all) }

// Get is one of them.
func (m shownMethods) Get(i int) protoreflect.MethodDescriptor { return m.all[i] }

// ByName finds one of them.
func (m shownMethods) ByName(name protoreflect.Name) protoreflect.MethodDescriptor {
	for _, d := range m.all {
		if d.Name() == name {
			return d
		}
	}
	return nil
}
