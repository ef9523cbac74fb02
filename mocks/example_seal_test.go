package mocks_test

import (
	"errors"
	"fmt"

	"go.uber.org/mock/gomock"

	"github.com/cspkit/cspkit/mocks"
)

// A sealer whose key is gone, to see what a program does then.
func ExampleNewSealSealer() {
	ctrl := gomock.NewController(example{})
	defer ctrl.Finish()
	sealer := mocks.NewSealSealer(ctrl)
	sealer.EXPECT().Seal(gomock.Any(), gomock.Any()).Return(nil, errors.New("the key vault is closed"))

	_, err := sealer.Seal([]byte("a refresh token"), []byte("its row"))
	fmt.Println(err)
	// Output: the key vault is closed
}
