import type { FormSlots } from '#web/features/communities/community-form.tsx'
import { LazyPositionMap } from '#web/features/map/lazy-maps.tsx'
import { PlacePicker } from '#web/features/places/place-picker.tsx'

/** What the form of communities borrows from the features of places and maps. */
export const formSlots: FormSlots = {
  placePicker: (slot) => <PlacePicker {...slot} required level="barangay" barmm={false} />,
  positionMap: (slot) => <LazyPositionMap {...slot} />,
}
