package mocks_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"go.uber.org/mock/gomock"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/mca"
	"github.com/cspkit/cspkit/mocks"
)

// A sale is refused before the agreement is there, and the error says what to do.
func ExampleNewMCAPartner() {
	ctrl := gomock.NewController(example{})
	defer ctrl.Finish()
	partner := mocks.NewMCAPartner(ctrl)
	partner.EXPECT().Agreements(gomock.Any(), contoso).Return(nil, nil)
	partner.EXPECT().DirectlyAccepted(gomock.Any(), contoso).Return(false, nil)

	desk, err := mca.NewDesk(partner, new(mca.MemoryStore))
	if err != nil {
		log.Fatal(err)
	}
	err = desk.Require(context.Background(), contoso)
	if required, ok := errors.AsType[*mca.AgreementRequiredError](err); ok {
		fmt.Println(required.Status.WayForward())
	}
	// Output: Start an attestation and give its link to the signatory.
}

// What the store remembers costs no request: the double of Partner Center
// expects none.
func ExampleNewMCAStore() {
	ctrl := gomock.NewController(example{})
	defer ctrl.Finish()
	store := mocks.NewMCAStore(ctrl)
	store.EXPECT().Compliant(gomock.Any(), []customers.TenantID{contoso}).Return([]customers.TenantID{contoso}, nil)

	desk, err := mca.NewDesk(mocks.NewMCAPartner(ctrl), store)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(desk.Require(context.Background(), contoso))
	// Output: <nil>
}

// The mail server is down: the link is recorded, and Advance sends it later.
func ExampleNewMCASender() {
	ctrl := gomock.NewController(example{})
	defer ctrl.Finish()
	partner := mocks.NewMCAPartner(ctrl)
	partner.EXPECT().CheckCredentials(gomock.Any()).Return(nil)
	partner.EXPECT().CreateAttestation(gomock.Any(), gomock.Any(), gomock.Any()).
		Return(&mca.Created{ID: "an id", Link: "https://cdn.example/mca/?attestationid=id"}, nil)
	mail := mocks.NewMCASender(ctrl)
	mail.EXPECT().Send(gomock.Any(), gomock.Any()).DoAndReturn(func(_ context.Context, d mca.Delivery) error {
		fmt.Println("the link, when it is logged:", d.Link)
		return errors.New("connection refused")
	})

	desk, err := mca.NewDesk(partner, new(mca.MemoryStore), mca.WithSender(mail))
	if err != nil {
		log.Fatal(err)
	}
	_, err = desk.Start(context.Background(), contoso, mca.NewAttestation("Contoso BV").
		Country("NL").Language("nl-NL").Signatory("Ada", "Visser", "ada.visser@contoso.example", ""))
	fmt.Println(errors.Is(err, mca.ErrNotDelivered))
	// Output:
	// the link, when it is logged: REDACTED
	// true
}

// An observer is told of each piece of work, and how it ended.
func ExampleNewMCAObserver() {
	ctrl := gomock.NewController(example{})
	defer ctrl.Finish()
	observer := mocks.NewMCAObserver(ctrl)
	observer.EXPECT().Enter(gomock.Any(), gomock.Any()).DoAndReturn(func(ctx context.Context, a mca.Activity) context.Context { return ctx })
	observer.EXPECT().Leave(gomock.Any(), gomock.Any()).Do(func(_ context.Context, a mca.Activity) {
		fmt.Println(a.Kind, a.Customer == contoso, a.State)
	})
	partner := mocks.NewMCAPartner(ctrl)
	partner.EXPECT().Agreements(gomock.Any(), contoso).Return(nil, nil)
	partner.EXPECT().DirectlyAccepted(gomock.Any(), contoso).Return(true, nil)

	desk, err := mca.NewDesk(partner, new(mca.MemoryStore), mca.WithObserver(observer))
	if err != nil {
		log.Fatal(err)
	}
	if _, err := desk.Refresh(context.Background(), contoso); err != nil {
		log.Fatal(err)
	}
	// Output: look true compliant
}
