/** Where a picture lies on the stage: how large, and how far moved. Plain numbers, no elements. */

import type { Size } from "../sizes";

const LARGEST = 32;
const SHARP = 3;
const FIT_SHARE = 1e-6;

/** Screen pixels of a stage, pixels of a picture, and the zoom between them. */
export class View {
  zoom = 1;
  x = 0;
  y = 0;
  private stage: Size = { width: 1, height: 1 };
  private picture: Size = { width: 1, height: 1 };
  private isFitted = true;

  /** A picture of this size, on a stage of that; fitted, unless the user has zoomed into one of the same size. */
  lay(picture: Size, stage: Size): void {
    const isSame = picture.width === this.picture.width && picture.height === this.picture.height;
    this.picture = picture;
    this.stage = stage;
    if (this.isFitted || !isSame) this.fit();
    else this.hold();
  }

  /** As large as fits; from three times on in whole steps, where pixels can be shown as equal squares. */
  fit(): void {
    const zoom = Math.min(this.stage.width / this.picture.width, this.stage.height / this.picture.height, LARGEST);
    this.zoom = zoom >= SHARP ? Math.floor(zoom) : zoom;
    this.isFitted = true;
    this.hold();
  }

  /** Zoom so that what lies under a point of the stage stays there; by default its middle. */
  zoomTo(zoom: number, at = { x: this.stage.width / 2, y: this.stage.height / 2 }): void {
    const smallest = Math.min(1 / 4, this.stage.width / this.picture.width, this.stage.height / this.picture.height);
    const wanted = Math.min(LARGEST, Math.max(smallest, zoom));
    const ratio = wanted / this.zoom;
    this.x = at.x - ratio * (at.x - this.x);
    this.y = at.y - ratio * (at.y - this.y);
    this.zoom = wanted;
    this.isFitted = false;
    this.hold();
  }

  move(right: number, down: number): void {
    this.x += right;
    this.y += down;
    this.hold();
  }

  /** Whether there is anything beyond the stage. */
  get isLarger(): boolean {
    const share = this.zoom * (1 - FIT_SHARE);
    return share * this.picture.width > this.stage.width || share * this.picture.height > this.stage.height;
  }

  /** Whether pixels are shown as squares. */
  get isSharp(): boolean {
    return this.zoom >= SHARP;
  }

  /** Keep the picture on the stage: in its middle where it is smaller, without a gap where it is larger. */
  private hold(): void {
    this.x = held(this.x, this.zoom * this.picture.width, this.stage.width);
    this.y = held(this.y, this.zoom * this.picture.height, this.stage.height);
  }
}

function held(start: number, length: number, room: number): number {
  if (length <= room) return (room - length) / 2;
  return Math.min(0, Math.max(room - length, start));
}
